package shop

import (
	"errors"
	"fmt"
)

// ErrEmpty is returned for a cart that holds nothing.
var ErrEmpty = errors.New("the cart is empty")

type Item struct {
	Name  string
	Price int
}

func (c *Cart) Total() (int, error) {
	if len(c.Items) == 0 {
		return 0, ErrEmpty
	}
	total := 0
	for _, item := range c.Items {
		if item.Price < 0 {
			return 0, fmt.Errorf("%s costs %d", item.Name, item.Price)
		}
		total += item.Price
	}
	return total, nil
}

func Examples(
	name string,
	prices ...int,
) []Item {
	query := `select one,
	from items`
	items := []Item{
		{
			Name:  name + query,
			Price: 1,
		},
		{Name: "tea", Price: 2},
	}
	for _, price := range prices {
		items = append(items, Item{
			Name:  "more",
			Price: price,
		})
	}
	switch len(items) {
	case 1:
		return nil
	default:
		return items
	}
}
