"""Stories of the index: an issue's words find the function, its paths find the file, odd files do no harm."""

from pathlib import Path

import pytest

from tasks.context.chunks import cut
from tasks.context.index import Index
from tasks.context.retrieve import choose_files, choose_places
from tasks.context.tree import read_bytes, walk_files
from tasks.context.words import words_of

CART = '''"""The cart."""

import decimal

LIMIT = 5


class Cart:
    """What a customer wants to buy."""

    def __init__(self):
        self.items = []

    @property
    def total(self):
        return sum(item.price for item in self.items)

    def apply_discount(self, percent):
        return self.total * (100 - percent) / 100


def parse_price(text):
    return decimal.Decimal(text)
'''


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    files = {
        "shop/cart.py": CART,
        "shop/mail.py": "def send_receipt(address):\n    return f'receipt for {address}'\n",
        "tests/test_cart.py": "def test_apply_discount():\n    apply_discount_percent(discount, percent)\n",
        "web/page.ts": "export class Page {\n  render() {}\n}\n\nexport const showBanner = (text: string) => {}\n",
        "docs/discount.md": "The discount percent is applied to the cart total. apply_discount percent discount.\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_words_of_an_issue_find_the_function(shop: Path) -> None:
    best = Index.build(shop).rank("The discount is wrong when percent is 100")[0]
    places = [place.symbol for place in choose_places(shop, "The discount is wrong when percent is 100", 3)]
    assert places[0] == "Cart.apply_discount"
    assert best.score > 0


def test_a_place_has_the_lines_of_its_function(shop: Path) -> None:
    place = choose_places(shop, "Cart.total is a property", 1)[0]
    lines = CART.split("\n")[place.start_line - 1 : place.end_line]
    assert lines[0].strip() == "@property"
    assert lines[-1].strip().startswith("return sum")


def test_source_comes_before_prose_and_prose_before_tests(shop: Path) -> None:
    chosen = [place.path for place in choose_files(shop, "apply_discount percent", 10)]
    assert chosen == ["shop/cart.py", "docs/discount.md", "tests/test_cart.py"]


@pytest.mark.parametrize(
    "text",
    [
        "see shop/mail.py",
        "in `mail.py` the discount",
        'File "/home/ann/site-packages/shop/mail.py", line 3, in discount',
        "https://example.org/ann/shop/blob/main/shop/mail.py#L3 discount",
        "shop.mail computes the discount percent",
        r"C:\work\shop\mail.py discount",
    ],
)
def test_a_named_file_comes_first(shop: Path, text: str) -> None:
    assert Index.build(shop).files(text)[0] == "shop/mail.py"
    assert choose_files(shop, text, 1)[0].path == "shop/mail.py"


def test_a_named_test_comes_before_source(shop: Path) -> None:
    assert choose_files(shop, "tests/test_cart.py fails: discount percent", 1)[0].path == "tests/test_cart.py"


def test_a_name_that_fits_two_files_names_none(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.py").write_text("value = 1\n")
    assert Index.build(tmp_path).named("x.py is broken") == []


def test_other_languages_have_symbols_too(shop: Path) -> None:
    assert choose_places(shop, "showBanner does not show the text", 1)[0].symbol == "showBanner"


def test_odd_files_are_skipped_and_raise_nothing(tmp_path: Path) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}-outside.py"
    secret.write_text("def outside_secret(): ...\n")
    root = tmp_path / "repo"
    root.mkdir()
    (root / "link.py").symlink_to(secret)
    (root / "folder").symlink_to(tmp_path)
    (root / "binary.py").write_bytes(b"def outside_secret\0")
    (root / "huge.py").write_text("outside_secret\n" * 50_000)
    (root / "latin.py").write_bytes("def gr\u00fc\u00dfe(): pass  # outside\n".encode("latin-1"))
    (root / "broken.py").write_text("def broken(:\n    outside\n" + "(" * 5000)
    (root / "deep.py").write_text("deep = " + "-" * 20_000 + "1\n")
    (root / "two.py").write_text("def two():\n    print 'python two'\n")
    (root / "empty.py").write_text("")
    for folder in (".git", "node_modules", "vendor"):
        (root / folder).mkdir()
        (root / folder / "x.py").write_text("def outside_secret(): ...\n")
    index = Index.build(root)
    assert set(index.paths) == {"latin.py", "broken.py", "deep.py", "two.py"}
    assert index.files("outside_secret") == ["broken.py", "latin.py"]
    assert index.rank("python two")[0].symbol == "two"


def test_an_empty_query_and_an_empty_tree_find_nothing(shop: Path, tmp_path: Path) -> None:
    assert Index.build(shop).rank("") == []
    (tmp_path / "none").mkdir()
    assert Index.build(tmp_path / "none").rank("discount") == []


def test_a_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Index.build(tmp_path / "gone")


def test_the_order_is_the_same_every_time(shop: Path) -> None:
    query = "cart total discount receipt page text price"
    assert Index.build(shop).rank(query, 50) == Index.build(shop).rank(query, 50)
    assert list(walk_files(shop)) == sorted(walk_files(shop))


def test_every_line_belongs_to_one_chunk() -> None:
    for path, text in (("a.py", CART), ("a.ts", CART), ("a.txt", "word\n" * 200)):
        covered = [line for chunk in cut(path, text) for line in range(chunk.start, chunk.stop + 1)]
        assert covered == list(range(1, len(text.split("\n")) + 1))


@pytest.mark.parametrize(
    "text", ["class A: pass; x = 1", "class A:\n  x = 1\n  def f(self): pass\n  y = 2\n", "def f(): pass; g = 1"]
)
def test_dense_python_is_cut_without_overlap(text: str) -> None:
    covered = [line for chunk in cut("a.py", text) for line in range(chunk.start, chunk.stop + 1)]
    assert covered == sorted(set(covered))


def test_identifiers_are_found_whole_and_in_parts() -> None:
    assert words_of("parseHTTPDate max_retries x2") == [
        *("parsehttpdate", "parse", "http", "date"),
        *("max_retries", "max", "retrie", "x2"),
    ]


def test_a_file_larger_than_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bytes(tmp_path / "a", 5) == b"12345"
    assert read_bytes(tmp_path / "a", 4) is None
