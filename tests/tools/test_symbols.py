"""Finding definitions by name."""

from pathlib import Path

import pytest

from tests.support import new_repository
from tools.context import ToolContext
from tools.errors import ToolError
from tools.symbols import find_symbol
from tools.testing.results import TestRun
from tools.workspace.checkout import make_worktree

SHAPES = '''class Shape:
    """A form."""

    def area(self):
        return 0


def area(width, height):
    return width * height
'''


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    repository = new_repository(
        tmp_path / "repo", {"shapes.py": SHAPES, "broken.py": "def area(:\n", "area.txt": "area"}
    )
    assert repository.head
    workspace = make_worktree(repository, repository.head, tmp_path / "site")
    return ToolContext(workspace, lambda tests: TestRun())


def test_every_definition_of_a_name_is_shown_with_its_lines(ctx: ToolContext) -> None:
    assert find_symbol(ctx, "area") == (
        "shapes.py:4:\n    def area(self):\n        return 0\n\n"
        "shapes.py:8:\ndef area(width, height):\n    return width * height"
    )


def test_a_dotted_name_finds_the_method_alone(ctx: ToolContext) -> None:
    assert find_symbol(ctx, "Shape.area") == "shapes.py:4:\n    def area(self):\n        return 0"


@pytest.mark.parametrize(("name", "code"), [("perimeter", "no-symbol"), ("area(", "bad-name"), ("", "bad-name")])
def test_what_cannot_be_found_is_said(ctx: ToolContext, name: str, code: str) -> None:
    with pytest.raises(ToolError) as caught:
        find_symbol(ctx, name)
    assert caught.value.code == code
