"""Which paths a patch may name; the refusals come before anything is read."""

from pathlib import Path

import pytest

from tools.errors import PatchError
from tools.patch import FilePatch, Hunk, Line, apply_patch, check_name, decide, parse_patch
from tools.patch.paths import files_below, resolved


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../x",
        "a/../x",
        "a/./x",
        "a//b",
        "a/",
        "",
        "C:x",
        "c:/x",
        "a\\b",
        "a\0b",
        "a\nb",
        "\x7f",
        ".",
        "..",
    ],
)
def test_a_name_that_is_not_a_plain_relative_path_is_refused(name: str) -> None:
    with pytest.raises(PatchError) as refusal:
        check_name(name)
    assert refusal.value.code == "path-outside"


@pytest.mark.parametrize(
    "name",
    [".git/config", "a/.git", ".GIT/x", ".git./x", ".git /x", ".git::$INDEX_ALLOCATION/x", "git~1/x", ".g\u200cit/x"],
)
def test_git_s_own_folder_is_refused_however_it_is_spelled(name: str) -> None:
    with pytest.raises(PatchError) as refusal:
        check_name(name)
    assert refusal.value.code == "path-git"


@pytest.mark.parametrize("name", [".gitignore", ".github/x.yml", "git/x", "a b/ü.py", "...", "-x", "dev/null"])
def test_plain_names_pass(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("mode", ["120000", "160000", "040000", "100777"])
def test_modes_of_anything_but_plain_files_are_refused(mode: str, tmp_path: Path) -> None:
    with pytest.raises(PatchError) as refusal:
        decide([FilePatch(None, "x", target_mode=mode)], tmp_path)
    assert refusal.value.code == "special-mode"


def test_an_index_line_tells_that_a_file_is_a_link(tmp_path: Path) -> None:
    text = "diff --git a/x b/x\nindex 1..2 120000\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    with pytest.raises(PatchError) as refusal:
        decide(parse_patch(text), tmp_path)
    assert refusal.value.code == "special-mode"


def test_a_link_in_place_of_the_file_is_refused_and_its_target_left_alone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a\n")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "x").symlink_to("../secret")
    with pytest.raises(PatchError) as refusal:
        apply_patch("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", tree)
    assert refusal.value.code == "path-symlink"
    assert (tmp_path / "secret").read_text() == "a\n"


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("elsewhere")
    with pytest.raises(PatchError) as refusal:
        apply_patch("--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", tmp_path)
    assert refusal.value.code == "path-symlink"
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a\n")
    with pytest.raises(PatchError) as refusal:
        apply_patch("--- /dev/null\n+++ b/shop/x\n@@ -0,0 +1 @@\n+a\n", tmp_path)
    assert refusal.value.code == "not-a-file"


def test_a_new_file_cannot_be_the_folder_of_another(tmp_path: Path) -> None:
    text = "".join(f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+a\n" for name in ("shop", "shop/x"))
    with pytest.raises(PatchError) as refusal:
        apply_patch(text, tmp_path)
    assert refusal.value.code == "not-a-file"
    assert list(tmp_path.iterdir()) == []


def edit(name: str, source: str = "a\n") -> FilePatch:
    """A change of one line, or an addition where there is none."""
    lines = (Line("-", source), Line("+", "b\n")) if source else (Line("+", "b\n"),)
    return FilePatch(name, name, (Hunk(None, len(lines) - 1, None, 1, "", lines),))


def tree_with(tree: Path, *names: str) -> Path:
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("a\n")
    return tree


@pytest.mark.parametrize(
    ("stated", "files", "found"),
    [
        ("src/m.py", ("src/m.py", "m.py", "lib/src/m.py"), "src/m.py"),
        ("a/src/m.py", ("src/m.py", "m.py"), "src/m.py"),
        ("m.py", ("src/m.py", "src/n.py"), "src/m.py"),
        ("shop/m.py", ("src/shop/m.py", "src/m.py"), "src/shop/m.py"),
        ("m.py", ("src/xm.py",), "m.py"),
        ("m.py", (".venv/m.py", "src/.git/m.py", "node_modules/x/m.py", "src/m.py"), "src/m.py"),
        ("project/src/m.py", ("src/m.py", "m.py"), "src/m.py"),
        ("src/src/m.py", ("src/m.py",), "src/m.py"),
        ("project/m.py", ("m.py",), "m.py"),
        ("tests/m.py", ("m.py", "tests/n.py"), "tests/m.py"),
        ("project/tests/m.py", ("m.py", "tests/n.py"), "project/tests/m.py"),
        ("lib/m.py", ("src/m.py",), "lib/m.py"),
    ],
)
def test_a_sloppy_name_means_the_one_file_whose_folders_it_lacks_or_exceeds(
    stated: str, files: tuple[str, ...], found: str, tmp_path: Path
) -> None:
    assert resolved(edit(stated), tree_with(tmp_path, *files)) == edit(found)


def test_a_name_that_two_files_end_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatchError) as refusal:
        resolved(edit("m.py"), tree_with(tmp_path, "src/m.py", "old/m.py"))
    assert (refusal.value.code, str(refusal.value).splitlines()[0]) == (
        "ambiguous-path",
        "there is no m.py; it can mean old/m.py, src/m.py",
    )


@pytest.mark.parametrize(
    "patch",
    [
        FilePatch(None, "m.py", edit("m.py").hunks),
        FilePatch("m.py", None),
        FilePatch("m.py", "n.py", edit("m.py").hunks),
        edit("m.py", source=""),
    ],
)
def test_a_patch_that_creates_moves_or_quotes_nothing_keeps_its_names(patch: FilePatch, tmp_path: Path) -> None:
    assert resolved(patch, tree_with(tmp_path, "src/m.py")) == patch


def test_a_removal_that_shows_the_lines_is_resolved_like_an_edit(tmp_path: Path) -> None:
    patch = FilePatch("m.py", None, edit("m.py").hunks)
    assert resolved(patch, tree_with(tmp_path, "src/m.py")) == FilePatch("src/m.py", None, patch.hunks)


def test_links_are_neither_followed_nor_found(tmp_path: Path) -> None:
    tree = tree_with(tmp_path / "tree", "src/n.py")
    tree_with(tmp_path / "outside", "m.py")
    (tree / "link").symlink_to("../outside")
    (tree / "src/m.py").symlink_to("n.py")
    assert resolved(edit("m.py"), tree) == edit("m.py")
    with pytest.raises(PatchError) as refusal:
        resolved(edit("link/n.py"), tree)
    assert refusal.value.code == "path-symlink"


def test_a_tree_with_too_many_entries_is_not_searched(tmp_path: Path) -> None:
    tree = tree_with(tmp_path, "src/m.py", "src/n.py")
    assert sorted(files_below(tree, most=3)) == ["src/m.py", "src/n.py"]
    assert files_below(tree, most=2) == []


def test_a_name_too_long_for_the_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatchError) as refusal:
        apply_patch(f"--- /dev/null\n+++ b/{'x' * 300}\n@@ -0,0 +1 @@\n+a\n", tmp_path)
    assert refusal.value.code == "unreadable"
