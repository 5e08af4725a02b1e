"""Who imports whom: source layouts, relative imports, packages above, conftest files, and what is only text."""

from pathlib import Path

from tests.support import write_files
from tools.testing.imports import ImportGraph

FILES = {
    "src/shop/__init__.py": "",
    "src/shop/cart.py": "from . import money\nfrom .tax.rates import RATES\n",
    "src/shop/money.py": "import decimal, json\n",
    "src/shop/tax/__init__.py": "from shop.tax import (\n    rates,  # all of them\n)\n",
    "src/shop/tax/rates.py": "RATES = {}\n",
    "tests/conftest.py": "pytest_plugins = ['helpers']\n",
    "tests/helpers.py": "def build():\n    import shop.cart as cart\n    return cart\n",
    "tests/test_cart.py": "from helpers import build\n",
    "tests/test_money.py": "import shop.money\n",
    "tests/deep/test_other.py": "x = 'import shop.money'\n",
}


def graph_of(tree: Path) -> ImportGraph:
    write_files(tree, FILES)
    return ImportGraph.of(tree, FILES)


def test_direct_importers(tmp_path: Path) -> None:
    found = {path: sorted(importers) for path, importers in graph_of(tmp_path).importers.items() if importers}
    assert found == {
        "src/shop/__init__.py": [
            "src/shop/cart.py", "src/shop/tax/__init__.py", "tests/helpers.py", "tests/test_money.py",
        ],
        "src/shop/cart.py": ["tests/helpers.py"],
        "src/shop/money.py": ["src/shop/cart.py", "tests/test_money.py"],
        "src/shop/tax/__init__.py": ["src/shop/cart.py", "src/shop/tax/__init__.py"],
        "src/shop/tax/rates.py": ["src/shop/cart.py", "src/shop/tax/__init__.py"],
        "tests/conftest.py": [
            "tests/deep/test_other.py", "tests/helpers.py", "tests/test_cart.py", "tests/test_money.py",
        ],
        "tests/helpers.py": ["tests/conftest.py", "tests/test_cart.py"],
    }  # fmt: skip


def test_reach_goes_through_others_and_ends(tmp_path: Path) -> None:
    graph = graph_of(tmp_path)
    assert graph.reach(["tests/test_money.py"]) == {"tests/test_money.py"}
    assert "tests/test_cart.py" in graph.reach(["src/shop/tax/rates.py"])
    assert graph.reach(["gone.py"]) == {"gone.py"}


def test_a_cycle_and_a_file_that_cannot_be_read_do_no_harm(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": "import b\n", "b.py": "from a import *\n"})
    assert ImportGraph.of(tmp_path, ["a.py", "b.py", "missing.py"]).reach(["a.py"]) == {"a.py", "b.py"}
