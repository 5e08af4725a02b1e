"""Files that are never read for a model: by their name, by the user's list, through every tool that shows files."""

from pathlib import Path

import pytest

from agent.context.lookup import look_up
from agent.context.mentions import Mentions
from tests.support import new_repository, new_sites
from tools.context import ToolContext
from tools.edit import apply_patch
from tools.errors import ToolError
from tools.explore import read_file
from tools.registry import Registry
from tools.search import search
from tools.secrets.files import is_secret_file
from tools.spec import ToolCall
from tools.symbols import find_symbol
from tools.testing.results import TestRun
from tools.trial import try_patches

FILES = {
    ".env": "SHOP=tr0ub4dor\n",
    "deploy/server.key": "tr0ub4dor\n",
    "private/notes.txt": "tr0ub4dor\n",
    "private/code.py": "def hidden():\n    return 'tr0ub4dor'\n",
    ".env.example": "SHOP=fill-me-in\n",
    "shop.py": "def price():\n    return 1\n",
}
DENIED = ("private/*",)
PATCH = "--- a/{0}\n+++ b/{0}\n@@\n-not there\n+new\n"


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    repository = new_repository(tmp_path / "repo", FILES)
    assert repository.head
    site = new_sites(repository, tmp_path / "sites").open(repository.head)
    (site.workspace.tree / "link.txt").symlink_to(".env")
    (site.workspace.tree / "link.py").symlink_to("private/code.py")
    return ToolContext(site.workspace, lambda tests: TestRun(), denied=DENIED)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("read_file", {"path": ".env"}),
        ("read_file", {"path": "link.txt"}),
        ("read_file", {"path": "./deploy/../deploy/server.key"}),
        ("read_file", {"path": "private/notes.txt"}),
        ("search", {"pattern": "SHOP", "path": ".env"}),
        ("apply_patch", {"patch": PATCH.format(".env")}),
        ("apply_patch", {"patch": PATCH.format("private/notes.txt")}),
    ],
)
def test_a_tool_refuses_such_a_file(ctx: ToolContext, name: str, arguments: dict[str, str]) -> None:
    observation = Registry([read_file, search, apply_patch]).call(ToolCall("1", name, arguments), ctx)
    assert (observation.ok, observation.code) == (False, "secret-file")
    assert "tr0ub4dor" not in observation.text


def test_a_search_leaves_them_out(ctx: ToolContext) -> None:
    assert search(ctx, "tr0ub4dor|fill-me-in") == ".env.example:1:SHOP=fill-me-in"


def test_a_definition_in_one_is_not_shown(ctx: ToolContext) -> None:
    with pytest.raises(ToolError, match="no function or class hidden"):
        find_symbol(ctx, "hidden")


def test_a_patch_that_is_tried_shows_nothing_of_one(ctx: ToolContext) -> None:
    assert try_patches(ctx, [PATCH.format(".env")]).text.startswith("patch 1: refused (secret-file): .env may hold")


def test_what_an_issue_names_is_not_looked_up_in_one(ctx: ToolContext) -> None:
    found = look_up(ctx.workspace.tree, Mentions((), ("hidden",), ("tr0ub4dor",)), DENIED)
    assert found == type(found)()


@pytest.mark.parametrize(
    ("path", "is_secret"),
    [
        (".env", True), ("a/.env.local", True), (".env.example", False), ("a/id_rsa", True), ("id_rsa.pub", False),
        ("certs/Server.PEM", True), ("key.py", False), ("environment.py", False), (".netrc", True),
        ("keys/a.txt", False),         ("aws/credentials", True),
        ("credentials.py", False), ("prod.env", True), ("secrets.yaml", True),
    ],
)  # fmt: skip
def test_a_file_is_secret_by_its_name(path: str, is_secret: bool) -> None:
    assert is_secret_file(path) is is_secret


@pytest.mark.parametrize(
    ("pattern", "is_denied"),
    [("private", True), ("private/", True), ("private/*", True), ("./private", True), ("*.txt", True),
     ("notes.txt", True), ("other", False), ("private/*.py", False)],
)  # fmt: skip
def test_the_user_denies_by_name_path_or_folder(pattern: str, is_denied: bool) -> None:
    assert is_secret_file("private/notes.txt", (pattern,)) is is_denied
