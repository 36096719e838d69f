import { useState } from "react";

type Props = {
  items: { name: string; price: number }[];
  onPay?: (total: number) => void;
};

export function Cart({ items, onPay }: Props) {
  const [open, setOpen] = useState(false);
  const total = items.reduce((sum, item) => sum + item.price, 0);

  if (!items.length) {
    return null;
  }

  return (
    <section className="cart" style={{ margin: 0 }}>
      <button onClick={() => setOpen(!open)}>
        {open ? "Hide" : "Show"}
      </button>
      {open && (
        <ul>
          {items.map((item) => (
            <li key={item.name}>
              {item.name}: {item.price}
            </li>
          ))}
        </ul>
      )}
      <a href="#pay" onClick={() => onPay?.(total)}>
        Pay
      </a>
    </section>
  );
}
