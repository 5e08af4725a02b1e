"""What an issue names is found in the repository, product code before tests, and shown whole."""

from pathlib import Path

from agent.context.excerpt import Place, excerpts, outline
from agent.context.lookup import Found, Hit, look_up
from agent.context.mentions import Mentions, mentions
from tests.support import write_files

FILES = {
    "shop/cart.py": (
        "RATE = 0.2\n\n\nclass Cart:\n    def total(self):\n        return self.add_tax(3)\n\n"
        "    def add_tax(self, amount):\n        return amount * RATE\n"
    ),
    "shop/words.txt": "the cart is empty\n",
    "tests/test_cart.py": (
        "from shop.cart import Cart\n\n\ndef add_tax():\n    Cart().add_tax(1)  # the cart is empty\n"
    ),
    "shop/broken.py": "def (:\n",
}


def tree(tmp_path: Path) -> Path:
    write_files(tmp_path, FILES)
    return tmp_path


def test_files_identifiers_and_quoted_words_are_named() -> None:
    text = 'In `shop/cart.py` the method Cart.add_tax() says "the cart is empty" and not `total`, see also MyThing.'
    assert mentions(text) == Mentions(
        paths=("shop/cart.py",), names=("add_tax", "MyThing", "Cart", "total"), strings=("the cart is empty",)
    )


def test_plain_prose_names_nothing() -> None:
    assert mentions("The total is wrong when it's Monday, isn't it? I don't know why.") == Mentions()


def test_a_name_is_found_where_it_is_defined_in_product_code_and_where_it_is_used(tmp_path: Path) -> None:
    assert look_up(tree(tmp_path), Mentions(names=("add_tax",))) == Found(
        definitions=(("shop/cart.py", 8),),
        hits=(
            Hit("shop/cart.py", 6, "        return self.add_tax(3)"),
            Hit("tests/test_cart.py", 4, "def add_tax():"),
            Hit("tests/test_cart.py", 5, "    Cart().add_tax(1)  # the cart is empty"),
        ),
    )


def test_a_quoted_string_is_found_in_any_text_file(tmp_path: Path) -> None:
    found = look_up(tree(tmp_path), Mentions(strings=("the cart is empty",)))
    assert [(hit.path, hit.line) for hit in found.hits] == [("shop/words.txt", 1), ("tests/test_cart.py", 5)]


def test_a_file_is_found_by_the_end_of_its_path(tmp_path: Path) -> None:
    assert look_up(tree(tmp_path), Mentions(paths=("cart.py",))).paths == ("shop/cart.py",)


def test_a_word_that_stands_everywhere_says_nothing(tmp_path: Path) -> None:
    write_files(tmp_path, {"many.py": "thing_one\n" * 41})
    assert look_up(tmp_path, Mentions(names=("thing_one",))) == Found()


def test_words_are_not_found_in_links_binaries_and_hidden_folders(tmp_path: Path) -> None:
    write_files(tmp_path, {".cache/a.py": "needle_one", "b.bin": "needle_one\0", "real/c.md": "needle_one"})
    (tmp_path / "link.md").symlink_to(tmp_path / "real" / "c.md")
    assert look_up(tmp_path, Mentions(names=("needle_one",))).hits == (Hit("real/c.md", 1, "needle_one"),)


def shown(root: Path, places: list[Place], room: int) -> list[str]:
    return [str(found) for found in excerpts(root, places, room)]


def test_places_are_shown_as_whole_functions_each_once_while_there_is_room(tmp_path: Path) -> None:
    places = [("shop/cart.py", 9), ("shop/cart.py", 8), ("shop/broken.py", 1), ("shop/none.py", 1), ("shop/cart.py", 6)]
    second = '<file path="shop/cart.py" first_line="8">\n    def add_tax(self, amount):\n'
    second += "        return amount * RATE\n</file>"
    first = '<file path="shop/cart.py" first_line="5">\n    def total(self):\n'
    first += "        return self.add_tax(3)\n</file>"
    assert shown(tree(tmp_path), places, 1000) == [second, first]
    assert shown(tree(tmp_path), places, len(second)) == [second]


def test_an_excerpt_knows_which_lines_it_holds(tmp_path: Path) -> None:
    (found,) = excerpts(tree(tmp_path), [("shop/cart.py", 9)], 1000)
    assert [line for line in range(12) if found.holds("shop/cart.py", line)] == [8, 9]
    assert not found.holds("shop/none.py", 8)


def test_a_class_is_shown_whole_and_a_long_one_by_its_headers(tmp_path: Path) -> None:
    long = "class Long:\n    x = 0\n" + "".join(f"    def f{n}(self):\n        return {n}\n" for n in range(40))
    write_files(tree(tmp_path), {"long.py": long})
    (whole,) = shown(tmp_path, [("shop/cart.py", 4)], 1000)
    assert whole.startswith('<file path="shop/cart.py" first_line="4">\nclass Cart:\n')
    (headers,) = shown(tmp_path, [("long.py", 1)], 5000)
    assert headers.split("\n")[:3] == ['<outline path="long.py">', "1\tclass Long:", "3\t    def f0(self):"]


def test_lines_outside_functions_come_with_their_neighbours(tmp_path: Path) -> None:
    (found,) = shown(tree(tmp_path), [("shop/cart.py", 1)], 1000)
    assert found.count("\n") == 7


def test_the_outline_of_a_file_is_its_headers(tmp_path: Path) -> None:
    assert outline(tree(tmp_path), "shop/cart.py") == (
        "4\tclass Cart:\n5\t    def total(self):\n8\t    def add_tax(self, amount):"
    )
    assert outline(tmp_path, "shop/broken.py") is None
    assert outline(tmp_path, "shop/words.txt") is None
