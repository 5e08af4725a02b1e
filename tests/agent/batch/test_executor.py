"""Processes: as many as asked for, ended with us, told how they ended."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.batch.executor import Job, Processes
from tools.workspace.scratch import PREFIX


def job(folder: Path, name: str, code: str, seconds: float = 60.0) -> Job:
    claim = os.open(folder / f"{name}.claim", os.O_RDWR | os.O_CREAT)
    return Job(name, [sys.executable, "-S", "-c", code], folder / f"{name}.log", claim, seconds)


def test_ends_come_with_their_codes_and_what_was_said_is_in_the_log(tmp_path: Path) -> None:
    codes = {"good": "print('hello')", "bad": "raise SystemExit(3)", "dead": "import os; os.kill(os.getpid(), 9)"}
    ends = list(Processes(2).map(job(tmp_path, name, code) for name, code in codes.items()))
    assert {end.job.name: (end.exit_code, end.timed_out) for end in ends} == {
        "good": (0, False),
        "bad": (3, False),
        "dead": (-9, False),
    }
    assert (tmp_path / "good.log").read_text() == "hello\n"


def test_no_more_run_at_once_than_asked_for(tmp_path: Path) -> None:
    seen: list[int] = []
    jobs = (job(tmp_path, str(number), "import time; time.sleep(0.1)") for number in range(5))
    assert len(list(Processes(2, lambda names: seen.append(len(names))).map(jobs))) == 5
    assert max(seen) == 2


def test_one_that_takes_too_long_is_ended_by_force(tmp_path: Path) -> None:
    (end,) = Processes(1).map([job(tmp_path, "slow", "import time; time.sleep(600)", seconds=0.1)])
    assert (end.exit_code, end.timed_out) == (-9, True)


def test_nothing_now_is_asked_again(tmp_path: Path) -> None:
    def jobs() -> Iterator[Job | None]:
        yield None
        yield job(tmp_path, "late", "")

    assert [end.job.name for end in Processes(3).map(jobs())] == ["late"]


def test_an_interruption_ends_what_runs_by_closing_its_input(tmp_path: Path) -> None:
    waits = "import sys; print('on', flush=True); sys.stdin.read(); print('told')"

    def interrupted(names: object) -> None:
        log = tmp_path / "one.log"
        if log.exists() and log.read_text() == "on\n":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Processes(1, interrupted).map([job(tmp_path, "one", waits)]))
    assert (tmp_path / "one.log").read_text() == "on\ntold\n"


def test_a_claim_is_held_by_the_process_alone(tmp_path: Path) -> None:
    one = job(tmp_path, "one", "import os, sys; os.fstat(int(sys.argv[1]))")
    one = Job(one.name, [*one.argv, str(one.claim)], one.log, one.claim, one.seconds)
    (end,) = Processes(1).map([one])
    assert end.exit_code == 0
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(one.claim)


def test_what_one_that_was_killed_left_in_temporary_folders_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    made = (
        f"import os, time; os.makedirs({str(tmp_path / 't' / PREFIX)!r} + f'{{os.getpid()}}-work-abc'); time.sleep(600)"
    )
    (end,) = Processes(1).map([job(tmp_path, "slow", made, seconds=1.0)])
    assert end.timed_out
    assert list((tmp_path / "t").iterdir()) == []
