"""Ignored files that tests need: small ones copied, big ones and environments bound, rubbish left behind."""

import os
import socket
from pathlib import Path

import pytest

from tests.support import files_of, new_repository, write_files
from tools.workspace.checkout import make_worktree
from tools.workspace.git import Repository
from tools.workspace.ignored import MAX_COPIED_BYTES, Carried, carry_ignored

IGNORE = "_version.py\n/build/\n*.so\n*.pyc\n__pycache__/\n.venv/\nvenv/\n.tox/\nnode_modules/\n/data/\n*.log\n.env\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "repo", {".gitignore": IGNORE, "pkg/__init__.py": ""})


def carry(repository: Repository, tmp_path: Path) -> tuple[Carried, dict[str, bytes]]:
    tree = tmp_path / "tree"
    tree.mkdir()
    return carry_ignored(repository, tree), files_of(tree)


def test_ignored_files_are_copied_and_rubbish_is_not(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {
        "pkg/_version.py": "version = '1'\n", "pkg/fast.so": "elf", "build/lib/x.py": "", "pkg/__pycache__/x.pyc": "",
        "old.pyc": "", ".tox/py/x": "", "node_modules/left-pad/x.js": "", "build/__pycache__/y.pyc": "",
    })  # fmt: skip
    carried, copied = carry(repository, tmp_path)
    assert carried == Carried(copied=("build", "pkg/_version.py", "pkg/fast.so"), bound=())
    assert copied == {"build/lib/x.py": b"", "pkg/_version.py": b"version = '1'\n", "pkg/fast.so": b"elf"}


def test_untracked_files_are_the_snapshots_matter(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {"pkg/new.py": ""})
    assert carry(repository, tmp_path) == (Carried((), ()), {})


def test_links_and_permissions_are_kept(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {"data/run.sh": "#!/bin/sh\n"})
    (repository.root / "data" / "run.sh").chmod(0o755)
    (repository.root / "data" / "dangling").symlink_to("nowhere")
    (repository.root / "latest.log").symlink_to("/etc/hostname")
    carried, _ = carry(repository, tmp_path)
    assert carried.copied == ("data", "latest.log")
    assert (tmp_path / "tree" / "data" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "tree" / "data" / "dangling").readlink() == Path("nowhere")
    assert (tmp_path / "tree" / "latest.log").readlink() == Path("/etc/hostname")


def test_what_is_no_file_is_left_behind(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {"data/x.txt": "x"})
    os.mkfifo(repository.root / "data" / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(repository.root / "data" / "socket"))
        carried, copied = carry(repository, tmp_path)
    assert (carried.copied, copied) == (("data",), {"data/x.txt": b"x"})


def test_what_is_big_is_bound(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {"data/x.txt": "", "small.log": "s"})
    os.truncate(repository.root / "data" / "x.txt", MAX_COPIED_BYTES + 1)  # sparse: it takes no room
    assert carry(repository, tmp_path) == (Carried(("small.log",), ("data",)), {"small.log": b"s"})


def test_many_small_things_are_copied_only_up_to_the_limit(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {"1.log": "", "2.log": "", "3.log": "3"})
    for name in ("1.log", "2.log"):
        os.truncate(repository.root / name, MAX_COPIED_BYTES // 2 + 1)
    carried, copied = carry(repository, tmp_path)
    assert (carried, set(copied)) == (Carried(("1.log", "3.log"), ("2.log",)), {"1.log", "3.log"})


def test_virtual_environments_are_bound_whether_ignored_or_forgotten(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {".venv/pyvenv.cfg": "", ".venv/lib/x.py": "", "env/pyvenv.cfg": "", "env/x.py": ""})
    assert carry(repository, tmp_path) == (Carried((), (".venv", "env")), {})


def test_an_environment_in_a_subfolder_is_bound(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {"sub/venv/pyvenv.cfg": "", "sub/venv/lib/x.py": ""})
    assert carry(repository, tmp_path)[0].bound == ("sub/venv",)


def test_a_checkout_says_what_it_carries_and_git_does_not_see_it(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {"pkg/_version.py": "version = '1'\n"})
    assert repository.head
    workspace = make_worktree(repository, repository.head, tmp_path / "site")
    assert workspace.carried == Carried(("pkg/_version.py",), ())
    assert (workspace.tree / "pkg" / "_version.py").read_text() == "version = '1'\n"
    assert workspace.git("status", "--porcelain") == b""


def test_writing_to_a_copied_file_leaves_the_users_alone(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {"pkg/_version.py": "version = '1'\n"})
    assert repository.head
    workspace = make_worktree(repository, repository.head, tmp_path / "site")
    with (workspace.tree / "pkg" / "_version.py").open("a") as out:
        out.write("trampled\n")
    assert (repository.root / "pkg" / "_version.py").read_text() == "version = '1'\n"


def test_a_reset_brings_carried_files_back(repository: Repository, tmp_path: Path) -> None:
    write_files(repository.root, {"pkg/_version.py": "version = '1'\n", "data/x.txt": "x"})
    assert repository.head
    workspace = make_worktree(repository, repository.head, tmp_path / "site")
    expected = files_of(workspace.tree)
    write_files(workspace.tree, {"pkg/_version.py": "trampled\n", "left.log": "by a test\n"})
    (workspace.tree / "data" / "x.txt").unlink()
    workspace.reset()
    assert files_of(workspace.tree) == expected
