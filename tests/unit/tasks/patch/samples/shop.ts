import type { Format } from "./format";

export interface Item {
  name: string;
  price: number;
  tags?: readonly string[];
}

export enum Kind {
  Food,
  Drink,
}

export abstract class Cart<T extends Item> {
  private readonly items: T[] = [];

  constructor(
    private readonly format: Format,
    readonly owner: string,
  ) {}

  add(item: T): this {
    if (item.price < 0) {
      throw new Error(`${item.name} is not for sale`);
    }
    this.items.push(item);
    return this;
  }

  get total(): number {
    return this.items
      .map((item) => item.price)
      .reduce((sum, price) => sum + price, 0);
  }

  abstract describe(kind: Kind): string;
}

describe("a cart", () => {
  it("adds up", async () => {
    const cart = { total: 3 } as Cart<Item>;

    await expect(
      Promise.resolve(cart.total),
    ).resolves.toBe(3);
  });
});
