"""Writing: all files or none, each with its mode, and nothing left behind."""

import os
import stat
from pathlib import Path

import pytest

from tools.errors import PatchError
from tools.patch import Change, apply_patch, decide, parse_patch, write

EDIT = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"


def snapshot(tree: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(tree)): path.read_bytes() if path.is_file() else None for path in tree.rglob("*")}


def test_apply_patch_returns_what_it_wrote(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\n")
    (change,) = apply_patch(EDIT, tmp_path)
    assert (change.path, change.before, change.after) == ("x", b"a\n", b"b\n")
    assert snapshot(tmp_path) == {"x": b"b\n"}


def test_deciding_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\n")
    decide(parse_patch(EDIT), tmp_path)
    assert snapshot(tmp_path) == {"x": b"a\n"}


def test_a_file_changed_since_it_was_read_stops_the_whole_patch(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name).write_text("a\n")
    changes = decide(parse_patch(EDIT + EDIT.replace("/x", "/y")), tmp_path)
    (tmp_path / "y").write_text("a\nand more\n")
    with pytest.raises(PatchError) as refusal:
        write(changes, tmp_path)
    assert (refusal.value.code, refusal.value.path) == ("changed-meanwhile", "y")
    assert snapshot(tmp_path) == {"x": b"a\n", "y": b"a\nand more\n"}


def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    changes = decide(parse_patch("--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"), tmp_path)
    (tmp_path / "x").write_text("mine\n")
    with pytest.raises(PatchError) as refusal:
        write(changes, tmp_path)
    assert refusal.value.code == "changed-meanwhile"
    assert snapshot(tmp_path) == {"x": b"mine\n"}


def test_a_failure_halfway_puts_every_file_and_folder_back(tmp_path: Path) -> None:
    for name in ("x", "gone"):
        (tmp_path / name).write_text("a\n")
    changes = (
        Change("x", b"a\n", b"b\n", 0o644),
        Change("gone", b"a\n", None, 0o644),
        Change("new/deep/y", None, b"b\n", 0o644),
        # A folder stands here once the file above it is written: it is no longer what was decided on.
        Change("new/deep", None, b"b\n", 0o644),
    )
    with pytest.raises(PatchError) as refusal:
        write(changes, tmp_path)
    assert (refusal.value.code, refusal.value.path) == ("changed-meanwhile", "new/deep")
    assert snapshot(tmp_path) == {"x": b"a\n", "gone": b"a\n"}


def test_mode_bits_of_an_old_file_are_kept(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\n")
    (tmp_path / "x").chmod(0o666)
    apply_patch(EDIT, tmp_path)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o666


def test_a_mode_change_alters_nothing_but_the_right_to_run(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\n")
    (tmp_path / "x").chmod(0o640)
    (change,) = apply_patch("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", tmp_path)
    assert (change.source_mode, change.mode, change.before, change.after) == (0o640, 0o750, b"a\n", b"a\n")
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o750


def test_a_new_file_respects_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        apply_patch("--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", tmp_path)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600


def test_a_moved_file_keeps_its_bytes_and_leaves_its_old_place(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a\r\nb")
    apply_patch("diff --git a/x b/d/y\nrename from x\nrename to d/y\n", tmp_path)
    assert snapshot(tmp_path) == {"d": None, "d/y": b"a\r\nb"}


def test_a_removal_must_show_every_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\nb\n")
    for text in ("diff --git a/x b/x\ndeleted file mode 100644\n", "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"):
        with pytest.raises(PatchError) as refusal:
            apply_patch(text, tmp_path)
        assert refusal.value.code == "no-match"
    assert snapshot(tmp_path) == {"x": b"a\nb\n"}


def test_a_hunk_open_at_its_end_is_not_added_twice_in_the_middle_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\nb\nz\n")
    patch = "--- a/x\n+++ b/x\n@@ @@\n a\n b\n+c\n"
    apply_patch(patch, tmp_path)
    with pytest.raises(PatchError) as refusal:
        apply_patch(patch, tmp_path)
    assert refusal.value.code == "already_applied"
    assert snapshot(tmp_path) == {"x": b"a\nb\nc\nz\n"}


def test_a_hunk_open_at_its_start_is_not_added_twice(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("z\na\nb\n")
    patch = "--- a/x\n+++ b/x\n@@ @@\n+c\n a\n b\n"
    apply_patch(patch, tmp_path)
    with pytest.raises(PatchError) as refusal:
        apply_patch(patch, tmp_path)
    assert refusal.value.code == "already_applied"
    assert snapshot(tmp_path) == {"x": b"z\nc\na\nb\n"}


def test_a_hunk_that_fits_twice_is_called_ambiguous_even_if_its_result_stands_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\nx\na\nx\na\ny\n")
    with pytest.raises(PatchError) as refusal:
        apply_patch("--- a/x\n+++ b/x\n@@ @@\n a\n-x\n+y\n", tmp_path)
    assert refusal.value.code == "ambiguous"


def test_one_hunk_that_is_there_already_stops_the_others(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\nb\nc\nz\n")
    with pytest.raises(PatchError) as refusal:
        apply_patch("--- a/x\n+++ b/x\n@@ @@\n a\n b\n+c\n@@ @@\n-z\n+y\n", tmp_path)
    assert refusal.value.code == "partly_applied"
    assert snapshot(tmp_path) == {"x": b"a\nb\nc\nz\n"}


def test_two_sections_of_a_file_that_read_differently_in_turn_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\nm\nb\n")
    text = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-b\n+c\n"
    with pytest.raises(PatchError) as refusal:
        apply_patch(text, tmp_path)
    assert refusal.value.code == "file-twice"
    assert snapshot(tmp_path) == {"x": b"a\nm\nb\n"}


def test_checks_see_each_decided_change_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\n")

    def no_b(change: Change) -> None:
        if b"b" in (change.after or b""):
            raise PatchError("no-b", f"{change.path} must not hold b")

    with pytest.raises(PatchError) as refusal:
        apply_patch(EDIT, tmp_path, [no_b])
    assert refusal.value.code == "no-b"
    assert snapshot(tmp_path) == {"x": b"a\n"}


def test_a_read_only_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a\n")
    (tmp_path / "x").chmod(0o444)
    with pytest.raises(PatchError) as refusal:
        apply_patch(EDIT, tmp_path)
    assert refusal.value.code == "read-only"
    assert snapshot(tmp_path) == {"x": b"a\n"}
