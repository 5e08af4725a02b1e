"""What a journal says about a run that is to go on, or to be forked."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import UsageProblem
from agent.core.usage import Usage
from agent.run.fork import Point, patches_before
from agent.run.resume import earlier_run
from agent.trace.journal import Event, Journal, read_journal

BEGAN = {"run": "r1", "base": "c0", "test_root": ".", "tests": [], "issue": "", "config": {"max_steps": 40}}
Row = tuple[str, dict[str, Any]]


def events(*rows: Row) -> list[Event]:
    return [Event(number, 0.0, name, fields) for number, (name, fields) in enumerate(rows, start=1)]


def step(number: int, patch: str, *, ok: bool = True) -> list[Row]:
    call = {"step": number, "call_id": f"c{number}", "name": "apply_patch", "arguments": {"patch": patch}}
    return [
        ("step_started", {"step": number}),
        ("tool_called", call),
        ("observed", {"call_id": f"c{number}", "ok": ok}),
    ]


def test_a_killed_run_is_told_by_its_journal() -> None:
    found = earlier_run(events(("run_started", BEGAN), *step(1, "a"), ("usage", {"requests": 2, "cost_usd": 0.5})))
    assert (found.run_id, found.base, found.steps, found.ended) == ("r1", "c0", 1, "")
    assert (found.was_cut_off, found.has_ended_well, found.lost) == (True, False, Usage(2, cost_usd=0.5))


@pytest.mark.parametrize(("status", "well"), [("proved", True), ("plausible", True), ("unsolved", False)])
def test_an_end_counts_until_the_run_goes_on(status: str, well: bool) -> None:
    ended: list[Row] = [("run_started", BEGAN), ("run_ended", {"status": status})]
    assert earlier_run(events(*ended)).has_ended_well is well
    assert earlier_run(events(*ended, ("resumed", {"hint": "look"}))).hints == ("look",)
    assert earlier_run(events(*ended, ("resumed", {"hint": ""}))).was_cut_off


def test_what_a_session_spent_is_counted_once() -> None:
    usage: Row = ("usage", {"requests": 1, "cost_usd": 0.5})
    found = earlier_run(events(("run_started", BEGAN), usage, ("resumed", {"hint": ""}), usage, usage))
    assert found.lost == Usage(2, cost_usd=1.0)


@pytest.mark.parametrize("rows", [[], [("run_started", {})], [("run_started", BEGAN | {"config": 3})]])
def test_a_journal_with_too_little_in_it_is_said_to_have(rows: Sequence[Row]) -> None:
    with pytest.raises(UsageProblem, match="kept too little"):
        earlier_run(events(*rows))


def test_the_patches_up_to_a_step_are_those_that_were_applied() -> None:
    told = events(("baseline", {}), *step(1, "a"), *step(2, "bad", ok=False), *step(3, "c"))
    assert [patches_before(told, Point(1, number)) for number in (0, 1, 2, 3)] == [(), ("a",), ("a",), ("a", "c")]
    with pytest.raises(UsageProblem, match="no step 4 in group 1"):
        patches_before(told, Point(1, 4))


def test_a_later_group_begins_on_what_was_solved() -> None:
    unsolved, solved = ("judged", {"resolved": False}), ("judged", {"resolved": True})
    told = events(("baseline", {}), *step(1, "a"), solved, ("baseline", {}), *step(1, "b"), unsolved, ("baseline", {}),
                  *step(1, "c"))  # fmt: skip
    assert patches_before(told, Point(2, 1)) == ("a", "b")
    assert patches_before(told, Point(3, 1)) == ("a", "c")


def test_the_session_that_came_furthest_tells_the_steps() -> None:
    told = events(("baseline", {}), *step(1, "a"), *step(2, "b"), ("resumed", {}), ("baseline", {}), *step(1, "x"))
    assert patches_before(told, Point(1, 2)) == ("a", "b")


@pytest.mark.parametrize("text", ["", "x", "-1", "1.x", "²", "1.2.3", "9" * 20, "1.-1"])
def test_no_step_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UsageProblem, match="no step"):
        Point.of(text)


def test_a_step_may_name_its_group() -> None:
    assert (Point.of("3"), Point.of("2.1")) == (Point(1, 3), Point(2, 1))


@pytest.mark.parametrize(
    "spoilt", [b"\xff" * 40, b"[" * 100_000, b'{"v": 1, "seq": "x", "time": 0, "event": "e"}', b"{}"]
)
def test_a_spoilt_line_is_left_out(tmp_path: Path, spoilt: bytes) -> None:
    journal = Journal(tmp_path / "j")
    journal.append("run_started", **BEGAN)
    journal.close()
    with (tmp_path / "j").open("ab") as file:
        file.write(spoilt + b"\n" + json.dumps({"v": 1, "seq": 2, "time": 0, "event": "usage"}).encode() + b"\n")
    assert [event.event for event in read_journal(tmp_path / "j")] == ["run_started", "usage"]
