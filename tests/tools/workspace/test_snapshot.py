"""The user's tree as a commit: everything of his in it, nothing of his changed."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support import commit_all, files_of, git, new_repository, write_files
from tools.workspace.git import Repository, find_repository, run_git
from tools.workspace.snapshot import keep, snapshot, virtual_environments

ODD_NAMES = ("with space.py", "-dash.py", "quote'\".py", "tab\there.py", "new\nline.py", "ünï.py", "*.py", ":(top)x.py",
             "#hash.py", "\udcff.py", "$(id).py")  # fmt: skip


def entries(root: Path, commit: str) -> dict[str, str]:
    """Mode by path of every file of a commit."""
    listed = run_git(["ls-tree", "-r", "-z", commit], root).decode(errors="surrogateescape")
    rows = (row.split("\t", 1) for row in listed.split("\0") if row)
    return {path: meta.split()[0] for meta, path in rows}


def content(root: Path, commit: str, path: str) -> bytes:
    return run_git(["cat-file", "blob", f"{commit}:{path}"], root)


def state(repository: Repository) -> dict[str, object]:
    """All of a repository that a snapshot must leave as it is: every file of the git folder but objects."""
    kept = [path for path in repository.git_dir.rglob("*") if "objects" not in path.parts and path.is_file()]
    return {
        "git folder": {path.relative_to(repository.git_dir).as_posix(): path.read_bytes() for path in kept},
        "index time": (repository.git_dir / "index").stat().st_mtime_ns,
        "tree": {name: data for name, data in files_of(repository.root).items()},
        "refs": git(repository.root, "for-each-ref"),
        "stash": git(repository.root, "stash", "list"),
        "work trees": git(repository.root, "worktree", "list"),
        "status": git(repository.root, "--no-optional-locks", "status", "--porcelain"),
    }


def dirty(folder: Path) -> Repository:
    files = {
        "kept.py": "kept\n",
        "modified.py": "old\n",
        "deleted.py": "gone\n",
        "staged.py": "old\n",
        "run.sh": "#!\n",
    }
    made = new_repository(folder, files)
    write_files(folder, {"modified.py": "new\n", "staged.py": "staged\n", "sub/untracked.py": "mine\n"})
    git(folder, "add", "staged.py")
    write_files(folder, {"staged.py": "staged and more\n", "crlf.txt": "one\r\ntwo\r\n", "empty.py": ""})
    (folder / "deleted.py").unlink()
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("nowhere/at all")
    return made


def test_a_snapshot_holds_every_file_as_it_stands(tmp_path: Path) -> None:
    made = dirty(tmp_path)
    commit = snapshot(made)
    assert entries(tmp_path, commit) == {
        "crlf.txt": "100644",
        "empty.py": "100644",
        "kept.py": "100644",
        "link": "120000",
        "modified.py": "100644",
        "run.sh": "100755",
        "staged.py": "100644",
        "sub/untracked.py": "100644",
    }
    held = {path: content(tmp_path, commit, path) for path in ("crlf.txt", "link", "modified.py", "staged.py")}
    assert held == {
        "crlf.txt": b"one\r\ntwo\r\n",
        "link": b"nowhere/at all",
        "modified.py": b"new\n",
        "staged.py": b"staged and more\n",
    }
    assert git(tmp_path, "rev-parse", f"{commit}^") == made.head


def test_a_snapshot_changes_nothing_of_the_users(tmp_path: Path) -> None:
    made = dirty(tmp_path)
    before = state(made)
    snapshot(made)
    assert state(made) == before


def test_a_split_index_is_left_alone_too(tmp_path: Path) -> None:
    made = dirty(tmp_path)
    git(tmp_path, "config", "core.splitIndex", "true")
    git(tmp_path, "update-index", "--split-index")
    before = state(made)
    commit = snapshot(made)
    assert (state(made), content(tmp_path, commit, "modified.py")) == (before, b"new\n")


def test_two_snapshots_of_one_tree_hold_the_same_tree(tmp_path: Path) -> None:
    made = dirty(tmp_path)
    trees = {git(tmp_path, "rev-parse", f"{snapshot(made)}^{{tree}}") for _ in range(2)}
    assert len(trees) == 1


def test_odd_names_are_held(tmp_path: Path) -> None:
    made = new_repository(tmp_path, {"a.py": ""})
    write_files(tmp_path, {name: f"# {number}\n" for number, name in enumerate(ODD_NAMES)})
    commit = snapshot(made)
    assert set(entries(tmp_path, commit)) == {"a.py", *ODD_NAMES}
    assert content(tmp_path, commit, "\udcff.py") == b"# 9\n"


def test_what_is_ignored_is_left_out_and_what_is_tracked_although_ignored_is_held(tmp_path: Path) -> None:
    new_repository(tmp_path, {"a.py": "", "kept.log": "old\n"})
    write_files(tmp_path, {".gitignore": "*.log\n", "kept.log": "new\n", "other.log": ""})
    commit = snapshot(find_repository(tmp_path))
    assert set(entries(tmp_path, commit)) == {".gitignore", "a.py", "kept.log"}
    assert content(tmp_path, commit, "kept.log") == b"new\n"


def test_an_unborn_head_gives_a_commit_without_parents(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write_files(tmp_path, {"a.py": "a\n"})
    commit = snapshot(find_repository(tmp_path))
    assert (git(tmp_path, "log", "--format=%H", commit), set(entries(tmp_path, commit))) == (commit, {"a.py"})
    assert not (tmp_path / ".git" / "index").exists()


def test_a_detached_head_is_the_parent_and_stays_detached(tmp_path: Path) -> None:
    new_repository(tmp_path, {"a.py": ""})
    git(tmp_path, "checkout", "-q", "--detach")
    made = find_repository(tmp_path)
    before = state(made)
    commit = snapshot(made)
    assert (git(tmp_path, "rev-parse", f"{commit}^"), state(made)) == (made.head, before)


def test_a_forgotten_virtual_environment_is_left_out(tmp_path: Path) -> None:
    made = new_repository(tmp_path, {"a.py": ""})
    write_files(tmp_path, {".venv/pyvenv.cfg": "", ".venv/lib/x.py": "", "my env/pyvenv.cfg": "", "other/x.py": ""})
    assert set(entries(tmp_path, snapshot(made))) == {"a.py", "other/x.py"}
    assert virtual_environments(tmp_path) == (tmp_path / ".venv", tmp_path / "my env")


@pytest.mark.parametrize(
    "ignoring",
    [
        {".gitignore": ".venv/\n"},
        {".gitignore": "/.venv\n"},
        {".git/info/exclude": ".venv\n"},
        {".venv/.gitignore": "*\n"},
    ],
)
def test_a_virtual_environment_may_be_ignored_in_any_way(tmp_path: Path, ignoring: dict[str, str]) -> None:
    made = new_repository(tmp_path, {"a.py": ""})
    write_files(tmp_path, {".venv/pyvenv.cfg": "", ".venv/lib/x.py": "", "other/x.py": "", **ignoring})
    assert set(entries(tmp_path, snapshot(made))) - {".gitignore"} == {"a.py", "other/x.py"}


def test_a_snapshot_from_a_subfolder_holds_the_whole_tree(tmp_path: Path) -> None:
    new_repository(tmp_path, {"a.py": "", "sub/b.py": ""})
    write_files(tmp_path, {"a.py": "changed\n"})
    commit = snapshot(find_repository(tmp_path / "sub"))
    assert content(tmp_path, commit, "a.py") == b"changed\n"


def test_a_conflicted_merge_is_held_with_its_markers(tmp_path: Path) -> None:
    made = new_repository(tmp_path, {"a.py": "base\n"})
    git(tmp_path, "checkout", "-q", "-b", "other")
    write_files(tmp_path, {"a.py": "theirs\n"})
    commit_all(tmp_path)
    git(tmp_path, "checkout", "-q", "main")
    write_files(tmp_path, {"a.py": "ours\n"})
    commit_all(tmp_path)
    subprocess.run(["git", "merge", "-q", "other"], cwd=tmp_path, check=False, capture_output=True)
    before = state(made)
    commit = snapshot(find_repository(tmp_path))
    assert content(tmp_path, commit, "a.py").startswith(b"<<<<<<<")
    assert state(made) == before


@pytest.mark.parametrize("setting", ["core.safecrlf=true", "core.eol=crlf", "core.autocrlf=false"])
def test_line_ends_are_held_as_they_are(tmp_path: Path, setting: str) -> None:
    made = new_repository(tmp_path, {"tracked.txt": "one\r\ntwo\r\n"})
    git(tmp_path, "config", "--global", *setting.split("="))
    write_files(tmp_path, {"tracked.txt": "one\r\n2\r\n", "new.txt": "one\r\n", "mixed.txt": "one\r\ntwo\n"})
    commit = snapshot(made)
    names = ("tracked.txt", "new.txt", "mixed.txt")
    held = [content(tmp_path, commit, name) for name in names]
    assert held == [(tmp_path / name).read_bytes() for name in names]


def test_line_ends_that_git_would_refuse_to_convert_do_not_stop_the_snapshot(tmp_path: Path) -> None:
    made = new_repository(tmp_path, {"a.py": ""})
    git(tmp_path, "config", "--global", "core.autocrlf", "input")
    git(tmp_path, "config", "--global", "core.safecrlf", "true")
    write_files(tmp_path, {"new.txt": "one\r\n"})
    assert set(entries(tmp_path, snapshot(made))) == {"a.py", "new.txt"}


def test_a_change_of_the_same_size_in_the_second_of_the_commit_is_seen(tmp_path: Path) -> None:
    made = new_repository(tmp_path, {"a.py": "a = 1\n"})
    git(tmp_path, "config", "core.trustctime", "false")
    a_while_ago = (1_700_000_000, 1_700_000_000)
    os.utime(tmp_path / "a.py", a_while_ago)
    git(tmp_path, "add", "a.py")
    write_files(tmp_path, {"a.py": "a = 2\n"})
    for path in (tmp_path / "a.py", made.git_dir / "index"):
        os.utime(path, a_while_ago)
    assert content(tmp_path, snapshot(made), "a.py") == b"a = 2\n"


def test_an_untracked_repository_without_a_commit_does_not_stop_the_snapshot(tmp_path: Path) -> None:
    made = new_repository(tmp_path, {"a.py": ""})
    git(tmp_path, "init", "-q", "scratch")
    write_files(tmp_path, {"b.py": ""})
    assert {"a.py", "b.py"} <= set(entries(tmp_path, snapshot(made)))


def test_a_read_only_store_is_an_error_that_says_so(tmp_path: Path) -> None:
    made = new_repository(tmp_path, {"a.py": ""})
    write_files(tmp_path, {"a.py": "changed\n"})
    if os.getuid() == 0:
        pytest.skip("the superuser may write anywhere")
    (made.git_dir / "objects").chmod(0o500)
    with pytest.raises(Exception, match="permission") as refusal:
        snapshot(made)
    (made.git_dir / "objects").chmod(0o700)
    assert getattr(refusal.value, "code", "") == "read-only"


def test_a_kept_commit_has_a_ref_of_ours(tmp_path: Path) -> None:
    made = new_repository(tmp_path, {"a.py": ""})
    commit = snapshot(made)
    keep(made, "runs/1/base", commit)
    assert git(tmp_path, "for-each-ref", "--format=%(refname) %(objectname)", "refs/regreen") == (
        f"refs/regreen/runs/1/base {commit}"
    )
