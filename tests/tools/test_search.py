"""Finding text, with ripgrep and without it: the same lines either way."""

import shutil
from pathlib import Path

import pytest

from tests.support import git, new_repository, new_sites, write_files
from tools.context import ToolContext
from tools.errors import ToolError
from tools.search import MAX_HITS, MAX_LINE, search
from tools.testing.results import TestRun

FILES = {
    "a.py": "def spam(x):\n    return x + 1\n",
    "pkg/b.py": "import a\n\na.spam(2)\n",
    "pkg/[odd] name.py": "spam = 1\n",
    ".hidden/c.py": "spam\n",
    "binary.bin": "spam\x00spam\n",
    "many.txt": "needle\n" * (MAX_HITS + 5),
    "wide.txt": f"{'x' * 400} end\n",
    "kept.log": "spam in a tracked log\n",
    "latin.txt": "spam caf\udce9\n",
}


@pytest.fixture(params=["ripgrep", "git"])
def ctx(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToolContext:
    if request.param == "ripgrep" and shutil.which("rg") is None:
        pytest.skip("ripgrep is not installed")
    if request.param == "git":
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    repository = new_repository(tmp_path / "repo", FILES)
    write_files(repository.root, {".gitignore": "*.log\n.env\n"})
    git(repository.root, "add", ".gitignore")
    git(repository.root, "commit", "-q", "-m", "ignore")
    write_files(repository.root, {".env": "KEY=spam\n", "other.log": "spam\n"})
    site = new_sites(repository, tmp_path / "sites").open(git(repository.root, "rev-parse", "HEAD"))
    write_files(site.workspace.tree, {"untracked.py": "spam()\n"})
    return ToolContext(site.workspace, lambda tests: TestRun())


def found(ctx: ToolContext, pattern: str, path: str = ".") -> list[str]:
    return sorted(search(ctx, pattern, path).split("\n"))


def test_lines_are_found_with_path_and_number(ctx: ToolContext) -> None:
    assert found(ctx, "def spam") == ["a.py:1:def spam(x):"]


def test_everything_of_the_repository_is_searched_and_nothing_else(ctx: ToolContext) -> None:
    assert [line.split(":")[0] for line in found(ctx, "spam")] == [
        ".hidden/c.py",
        "a.py",
        "kept.log",
        "latin.txt",
        "pkg/[odd] name.py",
        "pkg/b.py",
        "untracked.py",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pkg", ["pkg/[odd] name.py:1:spam = 1", "pkg/b.py:3:a.spam(2)"]),
        ("pkg/", ["pkg/[odd] name.py:1:spam = 1", "pkg/b.py:3:a.spam(2)"]),
        ("pkg/b.py", ["pkg/b.py:3:a.spam(2)"]),
        ("pkg/[odd] name.py", ["pkg/[odd] name.py:1:spam = 1"]),
    ],
)
def test_a_path_narrows_the_search(ctx: ToolContext, path: str, expected: list[str]) -> None:
    assert found(ctx, "spam", path) == expected


def test_an_ignored_file_is_not_searched_though_it_is_named(ctx: ToolContext) -> None:
    assert "spam" not in search(ctx, "spam", "other.log").replace("'spam'", "")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"return \w+ \+ 1", ["a.py:2:    return x + 1"]),
        (r"^import", ["pkg/b.py:1:import a"]),
        (r"spam(?=\(2)", ["pkg/b.py:3:a.spam(2)"]),
        (r"spam\((x|y)\)", ["a.py:1:def spam(x):"]),
        ("-n", ["no match"]),
        ("nowhere", ["no match"]),
    ],
)
def test_patterns_are_regular_expressions(ctx: ToolContext, pattern: str, expected: list[str]) -> None:
    assert found(ctx, pattern) == expected


def test_a_broken_pattern_is_refused(ctx: ToolContext) -> None:
    with pytest.raises(ToolError) as refusal:
        search(ctx, "spam(")
    assert refusal.value.code == "bad-pattern"


@pytest.mark.parametrize("path", ["/etc", "..", ".git"])
def test_outside_is_not_searched(ctx: ToolContext, path: str) -> None:
    with pytest.raises(ToolError) as refusal:
        search(ctx, "root", path)
    assert refusal.value.code == "path-outside"


def test_too_many_hits_are_cut_and_said(ctx: ToolContext) -> None:
    shown = search(ctx, "needle").split("\n")
    assert (len(shown), shown[-1]) == (MAX_HITS + 1, "... and 5 more; narrow the pattern or the path")


def test_a_wide_line_is_cut(ctx: ToolContext) -> None:
    shown = search(ctx, "xxx end")
    assert shown.endswith("xxx end (of 404 characters)")
    assert shown.partition(":")[2].partition(":")[2].startswith("[...] x")
    assert len(shown) < MAX_LINE + 100


def test_the_users_settings_change_nothing(ctx: ToolContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = found(ctx, "def spam")
    for name, value in {
        "grep.column": "true",
        "grep.lineNumber": "false",
        "color.grep": "always",
        "grep.fullName": "true",
    }.items():
        git(tmp_path, "config", "--global", name, value)
    (tmp_path / "rg").write_text("--column\n--ignore-case\n")
    monkeypatch.setenv("RIPGREP_CONFIG_PATH", str(tmp_path / "rg"))
    assert found(ctx, "def spam") == expected
