"""What the end of a run says on a terminal."""

import pytest

from agent.core.task import Outcome, Task
from agent.core.usage import Usage
from agent.core.verdict import Rival, Status, Verdict
from agent.report.outcome import print_outcome, report_lines

TASK = Task("x-1", "x", "abc")


def outcome(verdict: Verdict, reason: str = "") -> Outcome:
    return Outcome(TASK, verdict, "", "", Usage(), 1.25, "run-1", "/j", reason)


def test_the_evidence_then_the_rivals_and_what_settles_them() -> None:
    verdict = Verdict(
        Status.PLAUSIBLE, evidence=("one", "two"), rivals=(Rival("p", "line 2: other", "on (1) they differ"),)
    )
    assert report_lines(verdict, "one; two") == [
        "  one",
        "  two",
        "  rival 1: line 2: other",
        "           on (1) they differ",
        "  a test for one of these inputs settles it; --pick N takes rival N",
    ]


def test_a_reason_beyond_the_evidence_takes_its_place() -> None:
    assert report_lines(Verdict(Status.UNSOLVED), "none passes") == ["  none passes"]
    assert report_lines(Verdict(Status.OVER_BUDGET, evidence=("one",)), "time was up") == ["  time was up"]
    assert report_lines(Verdict(Status.UNSOLVED), "") == []


def test_the_whole_report_is_plain_text_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcome(outcome(Verdict(Status.PROVED, evidence=("a rerun agrees [0]",))), "diff --git a/m b/m\n+[red]x\n")
    assert capsys.readouterr().out == (
        "diff --git a/m b/m\n+[red]x\nproved the patch is proved\n  a rerun agrees [0]\n"
        "1.2 s · `regreen show run-1` tells the run\n"
    )
