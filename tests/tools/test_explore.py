"""Looking at the workspace: its files, never what lies outside it, never what git ignores."""

from pathlib import Path

import pytest

from tests.support import new_repository, new_sites, write_files
from tools.context import ToolContext
from tools.errors import ToolError
from tools.explore import MAX_ENTRIES, MAX_LINES, Lines, list_dir, read_file
from tools.testing.results import TestRun

FILES = {
    "a.py": "one\ntwo\nthree\n",
    "pkg/b.py": "b\n",
    "pkg/deep/c.py": "c\n",
    "pkg2/d.py": "d\n",
    "empty.py": "",
    "long.txt": "".join(f"line {number}\n" for number in range(1, 2 * MAX_LINES + 1)),
    "no end.txt": "last",
    "latin.txt": "caf\udce9\n",
    "latin.py": "# coding: latin-1\ncaf\udce9\n",
    "feed.py": "one\x0cstill one\ntwo\u2028still two\nthree\r\n",
    ".gitignore": "*.log\n.env\n",
    "-dash.py": "",
    "[a].py": "bracket\n",
}


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> ToolContext:
    home = tmp_path_factory.mktemp("explore")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{name}_NAME", "Ada Example")
            patch.setenv(f"GIT_{name}_EMAIL", "ada@example.com")
        repository = new_repository(home / "repo", FILES)
        assert repository.head
        write_files(repository.root, {".env": "KEY=secret\n", "x.log": ""})
        site = new_sites(repository, home / "sites").open(repository.head)
    tree = site.workspace.tree
    write_files(tree, {"untracked.py": "new\n"})
    (tree / "inside").symlink_to("a.py")
    (tree / "outside").symlink_to("/etc/hostname")
    return ToolContext(site.workspace, lambda tests: TestRun())


def refusal(ctx: ToolContext, path: str, start: int = 1, end: int = 0) -> str:
    with pytest.raises(ToolError) as refused:
        read_file(ctx, path, start, end)
    return refused.value.code


def test_the_files_of_the_whole_tree_a_line_each(ctx: ToolContext) -> None:
    assert list_dir(ctx).split("\n") == sorted([*FILES, "untracked.py", "inside", "outside"])
    assert list_dir(ctx, "") == list_dir(ctx, ".") == list_dir(ctx, "./")


def test_the_files_below_a_folder(ctx: ToolContext) -> None:
    assert list_dir(ctx, "pkg") == list_dir(ctx, "pkg/") == "pkg/b.py\npkg/deep/c.py"


def test_what_is_no_folder_is_refused(ctx: ToolContext) -> None:
    for path in ("a.py", "nowhere"):
        with pytest.raises(ToolError) as refused:
            list_dir(ctx, path)
        assert refused.value.code == "not-a-folder"


def test_a_long_list_is_cut_and_says_so(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {f"f/{number:04}.py": "" for number in range(MAX_ENTRIES + 3)})
    assert repository.head
    site = new_sites(repository, tmp_path / "sites").open(repository.head)
    listed = list_dir(ToolContext(site.workspace, lambda tests: TestRun())).split("\n")
    assert (len(listed), listed[-1]) == (MAX_ENTRIES + 1, "... and 3 more; name a folder below")


def shown(ctx: ToolContext, path: str, start: int = 1, end: int = 0) -> str:
    return read_file(ctx, path, start, end).text


def test_a_file_is_shown_as_it_is_and_of_a_part_it_is_said_which(ctx: ToolContext) -> None:
    assert shown(ctx, "a.py") == "one\ntwo\nthree"
    assert shown(ctx, "a.py", 2, 2) == "lines 2 to 2 of 3:\ntwo"
    assert shown(ctx, "a.py", 2) == "lines 2 to 3 of 3:\ntwo\nthree"
    assert shown(ctx, "a.py", 3, 99) == "lines 3 to 3 of 3:\nthree"
    assert shown(ctx, "no end.txt") == "last"
    assert shown(ctx, "empty.py") == "(empty file)"


def test_what_was_shown_is_known_by_its_lines(ctx: ToolContext) -> None:
    assert read_file(ctx, "./a.py", 2).data == Lines("a.py", 2, 3)
    assert read_file(ctx, "empty.py").data is None


def test_lines_are_counted_as_python_counts_them(ctx: ToolContext) -> None:
    assert shown(ctx, "feed.py") == "one\x0cstill one\ntwo\u2028still two\nthree"


def test_bytes_that_are_no_text_are_shown_all_the_same(ctx: ToolContext) -> None:
    assert shown(ctx, "latin.txt") == "caf\ufffd"


def test_a_python_file_is_read_as_it_declares(ctx: ToolContext) -> None:
    assert shown(ctx, "latin.py") == "# coding: latin-1\ncaf\u00e9"


def test_a_long_file_is_cut_and_says_how_to_read_on(ctx: ToolContext) -> None:
    head, *lines, last, rest = shown(ctx, "long.txt").split("\n")
    assert (head, len(lines) + 1, last) == (
        f"lines 1 to {MAX_LINES} of {2 * MAX_LINES}:",
        MAX_LINES,
        f"line {MAX_LINES}",
    )
    assert rest == f"... {MAX_LINES} more lines; read on with start={MAX_LINES + 1}"
    assert shown(ctx, "long.txt", MAX_LINES + 1).split("\n")[1] == f"line {MAX_LINES + 1}"


def test_a_range_longer_than_what_fits_is_cut_and_says_so_too(ctx: ToolContext) -> None:
    last = shown(ctx, "long.txt", 1, 2 * MAX_LINES).split("\n")[-1]
    assert last == f"... {MAX_LINES} more lines; read on with start={MAX_LINES + 1}"


@pytest.mark.parametrize(("start", "end"), [(0, 0), (-1, 0), (4, 0), (99, 0), (3, 2)])
def test_lines_the_file_does_not_have_are_refused(ctx: ToolContext, start: int, end: int) -> None:
    assert refusal(ctx, "a.py", start, end) == "no-such-line"


@pytest.mark.parametrize("path", ["nowhere.py", "pkg", ".env", "x.log", ""])
def test_what_is_no_file_of_the_repository_is_refused(ctx: ToolContext, path: str) -> None:
    assert refusal(ctx, path) == "no-such-file"


@pytest.mark.parametrize(
    "path", ["/etc/hostname", "../repo/a.py", "pkg/../../git/config", ".git", ".git/config", "outside", "pkg/../.git"]
)
def test_what_lies_outside_is_refused(ctx: ToolContext, path: str) -> None:
    assert refusal(ctx, path) == "path-outside"


def test_odd_names_are_only_themselves(ctx: ToolContext) -> None:
    assert (shown(ctx, "[a].py"), shown(ctx, "-dash.py")) == ("bracket", "(empty file)")
    assert (shown(ctx, "untracked.py"), shown(ctx, "inside")) == ("new", "one\ntwo\nthree")
