"""An apply that is killed, or fails, at any point: afterwards all of the patch is in the tree, or nothing."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import commit_all, git, write_files
from tests.tools.patch._crashes import CHANGES, Tree, apply_to, cut_off, make_tree, tree_of, watched
from tools.errors import PatchError
from tools.ledger import Ledger, ledger_of, locked
from tools.patch import write
from tools.patch.recover import LeftAlone, Recovery, recover

PATHS = tuple(change.path for change in CHANGES)
MIDDLE = "replace late"  # the call that replaces sub/late, after five files and before one
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "tree", in_git=False)


@pytest.fixture
def after(tmp_path: Path) -> Tree:
    """The tree with the whole patch."""
    patched = make_tree(tmp_path / "patched", in_git=False)
    write(CHANGES, patched)
    return tree_of(patched)


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(PatchError) as refused:
        work()
    return refused.value.code


@pytest.mark.slow
def test_a_kill_before_any_call_to_the_system_leaves_all_or_nothing(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.tools.patch._crashes", str(tmp_path / "every")]
    rows = json.loads(subprocess.run(program, check=True, capture_output=True).stdout)
    ends = Counter((state, left) for state, left in rows)
    assert ends.keys() == {("None", "nothing"), ("staging", "nothing"), ("replacing", "nothing"), ("replacing", "all"),
                           ("done", "all"), ("None", "all")}  # fmt: skip
    assert ends["replacing", "nothing"] > len(CHANGES)


class Trouble:
    """Raises once, before the call with a number or a name."""

    def __init__(self, error: BaseException, at: int | str) -> None:
        self.error, self.at, self.happened = error, at, False

    def __call__(self, number: int, call: str) -> None:
        if self.at in (number, call) and not self.happened:
            self.happened = True
            raise self.error


@pytest.mark.parametrize("error", [NO_SPACE, KeyboardInterrupt()], ids=repr)
def test_trouble_at_any_call_to_the_system_leaves_all_or_nothing(
    error: BaseException, tmp_path: Path, after: Tree
) -> None:
    ends = set()
    for at in range(1000):
        tree = make_tree(tmp_path / f"{at}", in_git=False)
        before = tree_of(tree, times=True)
        trouble = Trouble(error, at)
        end = "written"
        try:
            with watched(trouble):
                apply_to(tree)
        except (PatchError, KeyboardInterrupt) as raised:
            end = raised.code if isinstance(raised, PatchError) else "interrupted"
        if not trouble.happened:
            assert at > 5 * len(CHANGES)
            break
        if end == "write-failed":
            assert tree_of(tree, times=True) == before
        with watched(lambda *_: None):
            recover(tree)
        left = "all" if tree_of(tree) == after else "nothing" if tree_of(tree, times=True) == before else "broken"
        ends.add((end, left if left != "broken" else f"broken at {at}"))
    usual = {"OSError": {("write-failed", "nothing"), ("written", "all")},
             "KeyboardInterrupt": {("interrupted", "nothing"), ("interrupted", "all")}}  # fmt: skip
    assert ends == usual[type(error).__name__]


def test_a_failure_in_a_tree_without_a_ledger_leaves_nothing_either(tree: Path) -> None:
    before = tree_of(tree, times=True)

    with watched(Trouble(NO_SPACE, MIDDLE)):
        assert refusal(lambda: write(CHANGES, tree)) == "write-failed"
    assert tree_of(tree, times=True) == before


def test_going_back_that_fails_says_so_and_recovery_ends_it(tree: Path) -> None:
    before = tree_of(tree, times=True)

    def broken(_: int, call: str) -> None:
        if call == MIDDLE:  # the way forth, and then the way back, of one file
            raise OSError(errno.EIO, "Input/output error")

    with watched(broken):
        assert refusal(lambda: apply_to(tree)) == "half-written"
    assert refusal(lambda: apply_to(tree)) == "unfinished"
    assert recover(tree) == Recovery(PATHS, is_applied=False)
    assert tree_of(tree, times=True) == before


def test_recovery_says_what_became_of_the_apply(tree: Path, after: Tree) -> None:
    before = tree_of(tree)
    assert recover(tree) is None
    cut_off(tree, MIDDLE)
    undone = recover(tree)
    assert (undone, recover(tree), tree_of(tree)) == (Recovery(PATHS, is_applied=False), None, before)
    assert undone is not None
    assert undone.message == "an apply was cut off here; 7 files put back as before it"
    cut_off(tree, "replace done.json")
    finished = recover(tree)
    assert (finished, recover(tree), tree_of(tree)) == (Recovery(PATHS, is_applied=True), None, after)
    assert finished is not None
    assert finished.message == "an apply was cut off here; 7 files written and tidied up"


def test_a_file_edited_after_its_replacement_is_left_alone_and_its_old_text_kept(tree: Path) -> None:
    before = tree_of(tree)
    cut_off(tree, MIDDLE)
    (tree / "modified").write_text("mine\n")
    recovery = recover(tree)
    assert recovery is not None
    ((path, old),) = [(file.path, file.old) for file in recovery.left_alone]
    assert (path, recovery.is_applied) == ("modified", False)
    assert old is not None
    assert "6 files put back" in recovery.message
    assert recovery.message.endswith(
        f"modified was edited since and is left alone, the text before the patch is in {old}"
    )
    mine, kept = (b"mine\n", 0o640), (b"a\n", 0o640)
    assert tree_of(tree) == {**before, "modified": mine, old: kept}
    assert recover(tree) is None


NOT_YET = {
    "in place": ("sub/late", MIDDLE, True),
    "by a new file": ("sub/late", MIDDLE, False),
    "in place, to be removed": ("removed", "unlink removed", True),
}


@pytest.mark.parametrize(("path", "call", "in_place"), NOT_YET.values(), ids=NOT_YET)
def test_a_file_edited_before_its_turn_keeps_the_edit_and_nothing_is_left_beside_it(
    path: str, call: str, in_place: bool, tree: Path
) -> None:
    before = tree_of(tree)
    mode = (tree / path).stat().st_mode
    cut_off(tree, call)
    if not in_place:
        (tree / path).unlink()
    (tree / path).write_text("mine\n")
    (tree / path).chmod(mode)
    assert recover(tree) == Recovery(PATHS, is_applied=False)
    assert tree_of(tree) == {**before, path: (b"mine\n", before[path][1])}


def test_a_file_edited_while_a_finished_apply_is_tidied_up_does_not_undo_it(tree: Path, after: Tree) -> None:
    cut_off(tree, "replace done.json")
    cut_off(tree, "unlink replacing.json", "recover")
    (tree / "modified").write_text("mine\n")
    assert recover(tree) == Recovery(PATHS, is_applied=True)
    assert tree_of(tree) == {**after, "modified": (b"mine\n", 0o640)}


def test_where_the_old_copies_are_gone_nothing_is_guessed(tree: Path) -> None:
    cut_off(tree, MIDDLE)
    for file in tree.rglob(".regreen-*.old"):
        file.unlink()
    recovery = recover(tree)
    assert recovery is not None
    assert [file for file in recovery.left_alone if file.old is None] == [
        LeftAlone(path, None) for path in ("modified", "removed", "sub/moved")
    ]
    assert (tree / "modified").read_bytes() == b"b\n"
    assert recover(tree) is None


def test_a_folder_that_was_made_stays_when_somebody_uses_it(tree: Path) -> None:
    cut_off(tree, MIDDLE)
    (tree / "new/mine").write_text("mine\n")
    recover(tree)
    assert [path.name for path in (tree / "new").iterdir()] == ["mine"]


def test_a_repository_that_was_moved_meanwhile_is_recovered(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "here", in_git=True)
    before = tree_of(tree)
    cut_off(tree, MIDDLE)
    moved = tree.rename(tmp_path / "there")
    assert recover(moved / "sub") == Recovery(PATHS, is_applied=False)
    assert tree_of(moved) == before


def test_a_file_saved_while_files_were_forced_to_the_disk_is_not_overwritten(tree: Path) -> None:
    before = tree_of(tree)

    def save(_: int, call: str) -> None:
        if call == "replace replacing.json":
            (tree / "sub/run").write_text("mine\n")

    with watched(save):
        assert refusal(lambda: apply_to(tree)) == "changed-meanwhile"
    assert tree_of(tree) == {**before, "sub/run": (b"mine\n", 0o644)}
    assert not ledger_of(tree).folder.exists()


def test_only_one_writes_at_a_time(tree: Path) -> None:
    before = tree_of(tree)
    with locked(ledger_of(tree)):
        assert refusal(lambda: apply_to(tree)) == "busy"
        assert recover(tree) is None
    assert tree_of(tree) == before
    cut_off(tree, MIDDLE)
    with locked(ledger_of(tree)):
        assert refusal(lambda: recover(tree)) == "busy"


HOSTILE: dict[str, Callable[[str], str]] = {
    "a path out of the tree": lambda note: note.replace('"modified"', '"../victim"'),
    "an absolute path": lambda note: note.replace('"modified"', '"/victim"'),
    "a path through a link": lambda note: note.replace('"modified"', '"link/victim"'),
    "a file of git's": lambda note: note.replace('"modified"', '".git/HEAD"'),
    "a folder out of the tree": lambda note: note.replace('"new"', '"../folder"'),
    "a folder through a link": lambda note: note.replace('"new"', '"link/folder"'),
    "a token that is a path": lambda note: re.sub('"token": "[0-9a-f]+"', '"token": "/../../victim"', note),
    "another version": lambda note: note.replace('"version": 1', '"version": 2'),
    "no path": lambda note: note.replace('"modified"', "null"),
    "half a note": lambda note: note[:100],
    "a note that is no object": lambda note: "[]",
    "a note without an end": lambda note: "[" * 100_000,
}


@pytest.mark.parametrize("forge", HOSTILE.values(), ids=HOSTILE)
def test_a_note_that_leads_out_of_the_tree_is_refused_whole(
    forge: Callable[[str], str], tmp_path: Path, tree: Path
) -> None:
    cut_off(tree, MIDDLE)
    note = ledger_of(tree).folder / "replacing.json"
    note.write_text(forge(note.read_text()))
    (tmp_path / "outside/folder").mkdir(parents=True)
    for victim in (tmp_path / "victim", tmp_path / "outside/victim"):
        victim.write_text("b\n")
    (tree / "link").symlink_to(tmp_path / "outside")
    everything = tree_of(tmp_path)
    assert refusal(lambda: recover(tree)) == "bad-ledger"
    assert tree_of(tmp_path) == everything


def through_a_link(tree: Path, elsewhere: Path) -> None:
    (tree / ".regreen-apply").symlink_to(elsewhere)


def with_a_link_for_a_draft(tree: Path, elsewhere: Path) -> None:
    (tree / ".regreen-apply").mkdir()
    (tree / ".regreen-apply/draft").symlink_to(elsewhere / "file")


def with_a_link_for_a_lock(tree: Path, elsewhere: Path) -> None:
    (tree / ".regreen-apply").mkdir()
    (tree / ".regreen-apply/lock").symlink_to(elsewhere / "new")


@pytest.mark.parametrize("plant", [through_a_link, with_a_link_for_a_draft, with_a_link_for_a_lock])
def test_a_ledger_that_is_planted_leads_nowhere(
    plant: Callable[[Path, Path], None], tmp_path: Path, tree: Path
) -> None:
    write_files(tmp_path / "elsewhere", {"file": "a\n"})
    plant(tree, tmp_path / "elsewhere")
    with suppress(PatchError):
        apply_to(tree)
    assert tree_of(tmp_path / "elsewhere") == {"file": (b"a\n", 0o644)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_users_note_is_not_followed(tree: Path) -> None:
    cut_off(tree, MIDDLE)
    os.chown(ledger_of(tree).folder / "replacing.json", 12345, -1)
    half = tree_of(tree)
    assert refusal(lambda: recover(tree)) == "foreign-ledger"
    assert tree_of(tree) == half


def test_the_ledger_lies_in_the_git_folder_of_the_work_tree_and_else_beside(tmp_path: Path) -> None:
    tmp_path = tmp_path.resolve()
    repo, linked = tmp_path / "repo", tmp_path / "linked"
    write_files(repo / "sub", {"x": "a\n"})
    git(repo, "init", "-q")
    commit_all(repo)
    git(repo, "worktree", "add", "-q", "--detach", str(linked))
    write_files(tmp_path / "plain", {"empty/x": "", "broken/.git": "gitdir: nowhere\n", "odd/.git": "\0"})
    (tmp_path / "plain/empty/.git").mkdir()
    assert ledger_of(repo / "sub") == Ledger(repo, repo / ".git/regreen/apply")
    assert ledger_of(linked / "sub") == Ledger(linked, repo / ".git/worktrees/linked/regreen/apply")
    for name in ("plain", "plain/empty", "plain/broken", "plain/odd"):
        assert ledger_of(tmp_path / name) == Ledger(tmp_path / name, tmp_path / name / ".regreen-apply")


def test_a_patch_of_a_subfolder_is_noted_from_the_repositorys_root(tmp_path: Path) -> None:
    make_tree(tmp_path / "repo", in_git=True)
    tree = make_tree(tmp_path / "repo/inner", in_git=False)
    before = tree_of(tmp_path)
    cut_off(tree, MIDDLE)
    recovery = recover(tmp_path / "repo")
    assert recovery == Recovery(tuple(f"inner/{path}" for path in PATHS), is_applied=False)
    assert tree_of(tmp_path) == before


SMALL_DISK = """
import sys
from pathlib import Path
from tests.tools.patch._crashes import tree_of
from tools.errors import PatchError
from tools.ledger import ledger_of
from tools.patch import Change, write
tree = Path(sys.argv[1])
(tree / "x").write_text("a\\n")
before = tree_of(tree, times=True)
changes = [Change("x", b"a\\n", b"b\\n", 0o644), Change("new/y", None, b"b" * 2_000_000, 0o644)]
for ledger in (ledger_of(tree), None):
    try:
        write(changes, tree, ledger)
    except PatchError as error:
        assert error.code == "write-failed", error
        assert tree_of(tree, times=True) == before
        print(error.message)
"""


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    enter = [unshare or "", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c"]
    mount = f"mount -t tmpfs -o size=1m none {tmp_path}"
    if unshare is None or subprocess.run([*enter, mount], check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    argv = [*enter, f'{mount} && exec "$@"', "sh", sys.executable, "-c", SMALL_DISK, str(tmp_path)]
    said = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(said) == 2
    assert all(line.startswith("writing failed, every file is as it was: No space left on device") for line in said)
