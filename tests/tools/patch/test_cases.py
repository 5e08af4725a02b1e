"""Every folder of tests/cases/patch is one behaviour: input/, patch.diff and expected/ or error.txt."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tools.errors import PatchError
from tools.patch import Change, FilePatch, apply_patch, decode, encode, git_diff, parse_patch, render

CASES = Path(__file__).parents[2] / "cases" / "patch"
APPLIED = sorted(folder.parent.name for folder in CASES.glob("*/expected"))
REFUSED = sorted(file.parent.name for file in CASES.glob("*/error.txt"))

Tree = dict[str, tuple[bytes | str, bool]]


def tree_of(folder: Path) -> Tree:
    """Every file below a folder with its bytes, or where it links to, and whether it can be executed."""
    files = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    return {str(path.relative_to(folder)): _content(path) for path in files}


def _content(path: Path) -> tuple[bytes | str, bool]:
    if path.is_symlink():
        return str(path.readlink()), False
    return path.read_bytes(), bool(path.stat().st_mode & 0o100)


def copied(name: str, tmp_path: Path) -> tuple[str, Path]:
    """The case's patch, and a copy of its input."""
    tree = tmp_path / "tree"
    shutil.copytree(CASES / name / "input", tree, symlinks=True)
    return decode((CASES / name / "patch.diff").read_bytes()), tree


def applied(name: str, tmp_path: Path) -> tuple[str, Path, tuple[Change, ...]]:
    """The case's patch, the tree after it, and the changes."""
    text, tree = copied(name, tmp_path)
    return text, tree, apply_patch(text, tree)


def git_apply(patch: str, tree: Path) -> None:
    subprocess.run(["git", "apply", "--unsafe-paths", "-"], input=encode(patch), cwd=tree, check=True)


@pytest.mark.parametrize("name", APPLIED)
def test_a_patch_gives_the_expected_tree(name: str, tmp_path: Path) -> None:
    _, tree, _ = applied(name, tmp_path)
    assert tree_of(tree) == tree_of(CASES / name / "expected")


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_has_its_code_and_words_and_leaves_the_tree_alone(name: str, tmp_path: Path) -> None:
    text, tree = copied(name, tmp_path)
    code, *words = (CASES / name / "error.txt").read_text().splitlines()
    with pytest.raises(PatchError) as refusal:
        apply_patch(text, tree)
    assert refusal.value.code == code
    assert [word for word in words if word not in str(refusal.value)] == []
    assert tree_of(tree) == tree_of(CASES / name / "input")


@pytest.mark.parametrize("name", APPLIED)
def test_applying_twice_is_refused_as_already_applied(name: str, tmp_path: Path) -> None:
    text, tree, _ = applied(name, tmp_path)
    with pytest.raises(PatchError) as refusal:
        apply_patch(text, tree)
    assert refusal.value.code == "already_applied"
    assert tree_of(tree) == tree_of(CASES / name / "expected")


@pytest.mark.parametrize("name", APPLIED)
def test_git_makes_the_same_tree_of_our_canonical_diff(name: str, tmp_path: Path) -> None:
    _, tree, changes = applied(name, tmp_path)
    _, fresh = copied(name, tmp_path / "fresh")
    git_apply(git_diff(changes), fresh)
    assert tree_of(fresh) == tree_of(tree)


@pytest.mark.parametrize("name", APPLIED)
def test_our_canonical_diff_gives_the_same_tree(name: str, tmp_path: Path) -> None:
    _, tree, changes = applied(name, tmp_path)
    _, fresh = copied(name, tmp_path / "fresh")
    again = apply_patch(git_diff(changes), fresh)
    assert tree_of(fresh) == tree_of(tree)
    assert {placement.rule for change in again for placement in change.placements} <= {"exact"}


@pytest.mark.parametrize("name", APPLIED)
def test_git_agrees_when_nothing_was_mended_and_every_rule_was_exact(name: str, tmp_path: Path) -> None:
    text, tree, changes = applied(name, tmp_path)
    as_stated = {(placement.rule, placement.drift) for change in changes for placement in change.placements}
    if as_stated - {("exact", 0)} or _is_mended(text):
        return
    _, fresh = copied(name, tmp_path / "fresh")
    git_apply(text, fresh)
    assert tree_of(fresh) == tree_of(tree)


def _is_mended(text: str) -> bool:
    patches = parse_patch(text)
    unnumbered = any(hunk.source_start is None for patch in patches for hunk in patch.hunks)
    return unnumbered or _without_notes(render(patches)) != _without_notes(text)


def _without_notes(text: str) -> str:
    return "".join(
        line for line in text.splitlines(True) if not line.startswith(("diff --git ", "index ", "similarity "))
    )


@pytest.mark.parametrize("name", APPLIED)
def test_a_parsed_patch_survives_rendering(name: str) -> None:
    patches = parse_patch(decode((CASES / name / "patch.diff").read_bytes()))
    assert parse_patch(render(patches)) == tuple(map(_as_a_diff_can_say, patches))


def _as_a_diff_can_say(patch: FilePatch) -> FilePatch:
    mode = patch.source_mode or ("100644" if patch.target_file is None else None)
    return replace(patch, source_mode=mode, hunks=tuple(replace(hunk, ends_file=False) for hunk in patch.hunks))
