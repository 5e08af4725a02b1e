"""A journal told as a story: the whole text of each case in tests/cases/report."""

from pathlib import Path

import pytest

from agent.report.story import headline, tell
from agent.trace.journal import Event, read_journal

CASES = Path(__file__).parents[2] / "cases" / "report"
PLAUSIBLE = CASES / "plausible-with-a-rival" / "journal.jsonl"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_run_is_told_from_its_start_to_its_end(case: str) -> None:
    told = "\n".join(tell(read_journal(CASES / case / "journal.jsonl"))) + "\n"
    assert told == (CASES / case / "story.txt").read_text(encoding="utf-8")


def test_a_run_without_an_end_says_so() -> None:
    told = list(tell(list(read_journal(PLAUSIBLE))[:2]))
    assert told[-1] == "the run has not ended: it was stopped or is still going on"


def test_why_nothing_was_found_is_said_at_the_end() -> None:
    ended = Event(1, 5.0, "run_ended", {"status": "unsolved", "reason": "none passes", "seconds": 3.0})
    assert list(tell([ended])) == ["    0.0 s  unsolved after 3.0 s", "           none passes"]


def test_an_observation_without_text_is_a_line_all_the_same() -> None:
    observed = Event(1, 5.0, "observed", {"call_id": "1", "ok": True, "code": "", "text": ""})
    assert next(iter(tell([observed]))).startswith("    0.0 s")


def test_a_run_in_one_row() -> None:
    row = headline(read_journal(PLAUSIBLE))
    assert (row["status"], row["about"], len(row["started"])) == ("plausible", "t.py::one and 1 more", 19)
    assert headline([]) == {"started": "", "status": "not ended", "about": ""}


def test_what_the_first_run_did_without_is_said() -> None:
    fields = {"tests": 3, "seconds": 1.5, "targets": [], "failures": {}, "switched_off": ["coverage (pytest-cov)"]}
    assert list(tell([Event(1, 5.0, "baseline", fields)]))[:2] == [
        "    0.0 s  3 tests ran in 1.5 s; 0 to turn green",
        "           switched off but in the judge's run: coverage (pytest-cov)",
    ]


def test_calls_that_brought_nothing_are_counted_at_the_end() -> None:
    called = {"name": "search", "arguments": {}}
    wastes = [("repeat", "You did that. Do other things."), ("shown", ""), ("repeat", "")]
    events = [Event(n, 5.0, "tool_called", called) for n in range(4)]
    events += [
        Event(n, 5.0, "wasted", {"kind": kind, "told": told, "step": n}) for n, (kind, told) in enumerate(wastes)
    ]
    events.append(Event(9, 5.0, "run_ended", {"status": "proved", "reason": "", "seconds": 3.0}))
    assert list(tell(events))[4:] == [
        "    0.0 s  told: You did that",
        "    0.0 s  brought nothing: reads of lines already shown",
        "    0.0 s  brought nothing: calls made before",
        "    0.0 s  proved after 3.0 s",
        "           of 4 calls these brought nothing: 2 calls made before, 1 reads of lines already shown",
    ]


def test_an_honest_run_says_what_was_hidden_and_what_was_open() -> None:
    fields = {"base_tree": "1" * 40, "pytest": "8.4", "packages_sha256": "2" * 64, "hidden": ["lamp 2.0 in /env"]}
    fields["not_enforced"] = ["tests can reach the network"]
    assert list(tell([Event(1, 5.0, "manifest", fields)]))[:3] == [
        "    0.0 s  honest: tree 111111111111, pytest 8.4, packages 222222222222",
        "           hidden from the tests: lamp 2.0 in /env",
        "           not enforced: tests can reach the network",
    ]
