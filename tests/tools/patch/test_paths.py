"""Which paths a patch may name; the refusals come before anything is read."""

from pathlib import Path

import pytest

from tools.errors import PatchError
from tools.patch import FilePatch, apply_patch, check_name, decide, parse_patch


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


def test_a_name_too_long_for_the_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatchError) as refusal:
        apply_patch(f"--- /dev/null\n+++ b/{'x' * 300}\n@@ -0,0 +1 @@\n+a\n", tmp_path)
    assert refusal.value.code == "unreadable"
