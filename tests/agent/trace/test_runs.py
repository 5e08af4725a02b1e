"""Where runs are kept, and how one is named."""

import os
from pathlib import Path

import pytest

from agent.core.errors import InfraFailure, UsageProblem
from agent.trace.journal import NAME
from agent.trace.runs import RunStore, run_store


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def add(store: RunStore, *names: str) -> None:
    """Finished runs with chosen ids."""
    for name in names:
        (store.folder / name).mkdir(parents=True)
        (store.folder / name / NAME).write_text("")


def test_runs_of_a_repository_are_kept_in_its_common_git_folder() -> None:
    assert run_store(Path("/repo/.git"), {}) == RunStore(Path("/repo/.git/regreen/runs"), Path("/repo/.git"))


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/ada"}, "/state/regreen/runs"),
        ({"HOME": "/home/ada"}, "/home/ada/.local/state/regreen/runs"),
        ({"XDG_STATE_HOME": "", "HOME": "/home/ada"}, "/home/ada/.local/state/regreen/runs"),
    ],
)
def test_outside_git_they_are_kept_in_the_state_folder(environ: dict[str, str], folder: str) -> None:
    assert run_store(None, environ) == RunStore(Path(folder))


def test_a_new_run_has_a_private_folder_and_is_the_last(store: RunStore) -> None:
    first, _ = store.new_run()
    second, path = store.new_run()
    assert first != second
    assert (path, path.stat().st_mode & 0o777) == (store.folder / second, 0o700)
    (path / NAME).write_text("")
    assert store.find("last") == path
    assert sorted(entry.name for entry in store.folder.iterdir()) == sorted([first, second, "last"])


def test_runs_without_a_journal_do_not_count(store: RunStore) -> None:
    store.new_run()
    add(store, "20260102-030405-aaaa", "20260101-000000-bbbb")
    assert store.ids() == ("20260101-000000-bbbb", "20260102-030405-aaaa")


def test_a_run_is_found_by_its_id_or_a_beginning_that_only_it_has(store: RunStore) -> None:
    add(store, "20260101-000000-aaaa", "20260101-000000-aaaa-2", "20260102-000000-bbbb")
    assert store.find("20260101-000000-aaaa").name == "20260101-000000-aaaa"
    assert store.find("20260102").name == "20260102-000000-bbbb"


@pytest.mark.parametrize("name", ["2026", "nothing", "", "../runs", "last"])
def test_what_names_no_run_or_several_is_refused(store: RunStore, name: str) -> None:
    add(store, "20260101-000000-aaaa", "20260102-000000-bbbb")
    with pytest.raises(UsageProblem) as refusal:
        store.find(name)
    assert refusal.value.hint == "`regreen runs` lists them"


def test_where_nothing_ran_yet_that_is_said(store: RunStore) -> None:
    with pytest.raises(UsageProblem) as refusal:
        store.find("last")
    assert (refusal.value.message, refusal.value.hint) == ("no run yet", "start one with `regreen fix`")


def test_a_store_that_cannot_be_written_is_an_infra_failure(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file in the way")
    with pytest.raises(InfraFailure) as refusal:
        RunStore(tmp_path / "runs").new_run()
    assert refusal.value.message.startswith(f"cannot write to {tmp_path}/runs: ")


def test_a_read_only_store_is_an_infra_failure(tmp_path: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("the superuser may write anywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(InfraFailure):
        RunStore(tmp_path / "runs").new_run()
