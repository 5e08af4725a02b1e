"""What the end of a run says on a terminal."""

import pytest

from agent.core.task import Outcome, Task
from agent.core.usage import Usage
from agent.core.verdict import Rival, Status, Verdict
from agent.report.outcome import diffstat, print_outcome, report_lines

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


def test_a_patch_is_counted_by_file() -> None:
    one = "diff --git a/m.py b/m.py\n--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n"
    new = "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
    assert diffstat(one + new) == "m.py +2 -1, n +1 -0"
    assert diffstat("no diff\n@@ -1,9 +1 @@\n") == ""


def test_the_whole_report_is_plain_text_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcome(outcome(Verdict(Status.PROVED, evidence=("a rerun agrees [0]",))), "diff --git a/m b/m\n+[red]x\n")
    assert capsys.readouterr().out == (
        "diff --git a/m b/m\n+[red]x\nproved the patch is proved\n  a rerun agrees [0]\n"
        "1.2 s · m +0 -0 · `regreen show run-1` tells the run\n"
    )
