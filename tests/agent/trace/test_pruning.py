"""Pruning: runs that have ended, by age and by size, and never one that somebody works on."""

from pathlib import Path

from agent.trace.journal import NAME, Journal
from agent.trace.lock import held
from agent.trace.pruning import Limits, delete, judged
from agent.trace.runs import RunStore
from tests.support import commit_all, git, new_repository
from tools.workspace.snapshot import keep


def run(store: RunStore, name: str, *ends: str, size: int = 0) -> None:
    journal = Journal(store.folder / name / NAME)
    for end in ("run_started", *ends):
        journal.append(end, status="unsolved")
    journal.close()
    (store.folder / name / "more").write_bytes(b"x" * size)


def going(store: RunStore, limits: Limits) -> list[str]:
    return [fate.run_id for fate in judged(store, limits) if fate.goes]


def test_only_runs_that_have_ended_go(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run(store, "a", "run_ended")
    run(store, "b")
    run(store, "c", "interrupted")
    run(store, "d", "run_ended", "resumed")
    assert going(store, Limits(days=0)) == ["a"]
    assert going(store, Limits(days=1)) == []
    assert going(store, Limits(megabytes=0)) == ["a"]
    assert "resume b" in judged(store, Limits())[1].why


def test_the_oldest_go_until_the_rest_fits(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for name in ("a", "b", "c"):
        run(store, name, "run_ended", size=1_000_000)
    assert going(store, Limits(megabytes=2.5)) == ["a"]
    assert going(store, Limits(megabytes=1.5)) == ["a", "b"]
    assert going(store, Limits(megabytes=10)) == []


def test_a_run_goes_with_its_refs_and_no_others(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a.py": ""})
    store = RunStore(repository.common_dir / "regreen" / "runs", repository.common_dir)
    commit = commit_all(repository.root)
    for name in ("20260101-a", "20260101-ab"):
        run(store, name, "run_ended")
        keep(repository, f"runs/{name}/base", commit)
    with held(store.folder / "20260101-a"):
        assert delete(store, "20260101-a", repository) is False
    assert delete(store, "20260101-a", repository) is True
    assert store.ids() == ("20260101-ab",)
    assert git(repository.root, "for-each-ref", "--format=%(refname)", "refs/regreen") == (
        "refs/regreen/runs/20260101-ab/base"
    )
