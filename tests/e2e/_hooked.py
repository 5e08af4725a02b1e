"""A small shop to commit in, and what each kind of staged change does to it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.e2e._repositories import new_repository
from tests.support import git, write_files

GOOD = "def total(prices, discount):\n    return sum(prices) - discount\n"
BAD = GOOD.replace(" - ", " + ")
SHOP = {
    "cart.py": GOOD,
    "label.py": "def label(text):\n    return text.upper()\n",
    "test_cart.py": "from cart import total\n\n\ndef test_total():\n    assert total([1, 2, 3], 1) == 5\n\n\n"
    "def test_no_discount():\n    assert total([4], 0) == 4\n",
    "test_label.py": "from label import label\n\n\ndef test_label():\n    assert label('a') == 'A'\n",
    "README.md": "A shop.\n",
}
RED = "test_cart.py::test_total"
SINCE = "(red since this change)"


def new_shop(folder: Path) -> Path:
    """The shop in its first commit."""
    return new_repository(folder, SHOP)


def stage(repo: Path, files: dict[str, str]) -> None:
    """Write files and stage them."""
    write_files(repo, files)
    git(repo, "add", "-A")


def branch_in_conflict(repo: Path, how: str) -> None:
    """Two branches that changed one line, brought together by `merge` or `rebase` up to the conflict."""
    git(repo, "checkout", "-q", "-b", "other")
    stage(repo, {"README.md": "Another shop.\n", "label.py": SHOP["label.py"] + "\n\nOTHER = 1\n"})
    git(repo, "commit", "-q", "-m", "Other")
    git(repo, "checkout", "-q", "main")
    stage(repo, {"README.md": "The shop.\n"})
    git(repo, "commit", "-q", "-m", "Main")
    subprocess.run(["git", how, "other"], cwd=repo, check=False, capture_output=True)
    assert git(repo, "ls-files", "--unmerged")


def resolved(repo: Path, how: str, cart: str) -> None:
    """The same with the conflict resolved, and the cart changed on the way."""
    branch_in_conflict(repo, how)
    stage(repo, {"README.md": "Our shop.\n", "cart.py": cart})


def _partly(repo: Path, staged: str, in_tree: str) -> None:
    stage(repo, {"cart.py": staged})
    write_files(repo, {"cart.py": in_tree})


def _deleted_in_tree(repo: Path) -> None:
    stage(repo, {"cart.py": BAD})
    (repo / "cart.py").unlink()


def _first_commit(repo: Path, cart: str) -> None:
    git(repo, "update-ref", "-d", "HEAD")
    stage(repo, {"cart.py": cart})


def _detached(repo: Path) -> None:
    git(repo, "checkout", "-q", "--detach")
    stage(repo, {"cart.py": BAD})


def _submodule(repo: Path) -> None:
    inner = new_repository(repo.parent / "inner", {"inner.py": "", "test_inner.py": "def test():\n    assert 0\n"})
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "inner")
    git(repo, "commit", "-q", "-m", "With a submodule")
    git(repo / "inner", "commit", "-q", "--allow-empty", "-m", "More")
    stage(repo, {"cart.py": BAD})


def _red_before(repo: Path) -> None:
    stage(repo, {"cart.py": BAD})
    git(repo, "commit", "-q", "-m", "Bad")
    stage(repo, {"cart.py": BAD.replace("prices, discount", "prices, less").replace("+ discount", "+ less")})


def _with_a_stash(repo: Path) -> None:
    write_files(repo, {"cart.py": "stashed = 1\n", "new.py": "stashed = 1\n"})
    git(repo, "stash", "push", "-q", "--include-untracked")
    stage(repo, {"cart.py": BAD})


def _renamed(repo: Path) -> None:
    git(repo, "mv", "label.py", "labels.py")
    stage(repo, {"test_label.py": SHOP["test_label.py"].replace("from label ", "from labels ")})


def cannot_be_loaded(repo: Path) -> None:
    """A test that could not be loaded before, either."""
    stage(repo, {"test_cart.py": f"import nowhere\n{SHOP['test_cart.py']}"})
    git(repo, "commit", "-q", "-m", "nowhere")
    stage(repo, {"cart.py": f"{GOOD}# more\n"})


def no_pytest(repo: Path) -> None:
    """What pytest is called by is something else, before the change, too."""
    stage(repo, {"pytest.py": "raise SystemExit(3)\n"})
    git(repo, "commit", "-q", "-m", "pytest")
    stage(repo, {"cart.py": BAD})


def _calls(*arguments: str) -> "Prepare":
    def call(repo: Path) -> None:
        git(repo, *arguments)

    return call


Prepare = Callable[[Path], None]
# What is staged, and the words that a red end has on standard output.
REDS: dict[str, tuple[Prepare, tuple[str, ...]]] = {
    "a bug": (lambda repo: stage(repo, {"cart.py": BAD}), (RED, SINCE)),
    "a bug, its repair not staged": (lambda repo: _partly(repo, BAD, GOOD), (RED, SINCE)),
    "a bug, the file deleted in the tree": (_deleted_in_tree, (RED, SINCE)),
    "a bug beside a stash": (_with_a_stash, (RED, SINCE)),
    "a bug in the first commit": (lambda repo: _first_commit(repo, BAD), (RED,)),
    "a bug on a detached HEAD": (_detached, (RED, SINCE)),
    "a bug beside a submodule": (_submodule, (RED, SINCE)),
    "a bug in a merge commit": (lambda repo: resolved(repo, "merge", BAD), (RED, SINCE)),
    "a bug amid a rebase": (lambda repo: resolved(repo, "rebase", BAD), (RED, SINCE)),
    "a bug that was there": (_red_before, (RED, "(red before it, too)")),
    "a new test": (
        lambda repo: stage(repo, {"test_new.py": "def test_new():\n    assert 0\n"}),
        ("test_new.py::test_new", "(new, and red)"),
    ),
    "a rename without its importers": (
        _calls("mv", "label.py", "labels.py"),
        ("test_label.py", SINCE, "No module named 'label'"),
    ),
    "a deletion without its importers": (
        _calls("rm", "-q", "label.py"),
        ("test_label.py", SINCE, "No module named 'label'"),
    ),
    "a broken import": (
        lambda repo: stage(repo, {"cart.py": f"import nowhere\n\n{GOOD}"}),
        ("test_cart.py", SINCE, "No module named 'nowhere'"),
    ),
    "a conftest that does not load": (
        lambda repo: stage(repo, {"conftest.py": "import nowhere\n"}),
        ("conftest.py cannot be loaded", SINCE),
    ),
    "text that is no Python": (
        lambda repo: stage(repo, {"cart.py": "def total(:\n"}),
        ("test_cart.py", SINCE, "SyntaxError"),
    ),
}
GREENS: dict[str, Prepare] = {
    "nothing": lambda repo: None,
    "nothing but other files": lambda repo: stage(repo, {"README.md": "B\n", "data.bin": "\0\1", "a b.txt": "c\n"}),
    "a module without tests": lambda repo: stage(repo, {"alone.py": "x = 1\n"}),
    "a good change": lambda repo: stage(repo, {"cart.py": GOOD.replace("sum(prices)", "sum(list(prices))")}),
    "a good change, a bug not staged": lambda repo: _partly(repo, f"{GOOD}# more\n", BAD),
    "a rename with its importers": _renamed,
    "a deletion with its tests": _calls("rm", "-q", "label.py", "test_label.py"),
    "the first commit": lambda repo: _first_commit(repo, GOOD),
    "a merge commit": lambda repo: resolved(repo, "merge", GOOD),
    "a rebase": lambda repo: resolved(repo, "rebase", GOOD),
}
