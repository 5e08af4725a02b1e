"""A journal told as a story: the whole text."""

from agent.report.story import headline, tell
from agent.trace.journal import Event

PATCH = "diff --git a/m.py b/m.py\n--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-a - b\n+a + b\n"
EVENTS = [
    Event(1, 100.0, "run_started", {"run": "r1", "version": "0.1", "model": "offline", "python": "/py", "tests": [],
                                    "sandbox": "sandbox: bubblewrap", "issue": "It adds wrong\nmore"}),
    Event(2, 100.2, "snapshot", {"commit": "0123456789abcdef", "head": None}),
    Event(3, 101.0, "baseline", {"tests": 3, "seconds": 0.5, "targets": ["t.py::one", "t.py::two"], "flaky": ["t.py::f"],
                                 "unrelated": [], "broken": ["u.py"], "failures": {"t.py::one": "assert 1 == 2\nmore"}}),
    Event(4, 101.1, "suspects", {"suspects": [
        {"path": "m.py", "line": 2, "function": "add", "score": 1.5, "reason": "in the stack trace of a failing test"}]}),
    Event(5, 101.2, "of_the_future", {"anything": 1}),
    Event(6, 103.0, "step_started", {"step": 1, "thought": "m.py:2: `a - b` becomes `a + b`"}),
    Event(7, 103.1, "tool_called", {"step": 1, "call_id": "1", "name": "apply_patch", "arguments": {"patch": PATCH}}),
    Event(8, 103.2, "observed", {"call_id": "1", "ok": True, "code": "", "text": "applied:\nand more"}),
    Event(9, 103.3, "tool_called", {"step": 1, "call_id": "2", "name": "read_file", "arguments": {"path": "m.py"}}),
    Event(10, 103.4, "observed", {"call_id": "2", "ok": False, "code": "no-such-file", "text": "there is no file\nlook"}),
    Event(11, 104.0, "patch_accepted", {"step": 1, "ref": "refs/regreen/runs/r1/step-1", "commit": "c", "patch": PATCH}),
    Event(12, 106.0, "judged", {"step": 1, "status": "plausible", "evidence": ["2 of 2 target tests pass", "none broke"],
                                "rivals": [{"patch": "", "sentence": "line 2: another", "example": "on (1) they differ"}]}),
    Event(13, 112.5, "run_ended", {"status": "plausible", "reason": "said above", "seconds": 12.5}),
]  # fmt: skip
STORY = """\
    0.0 s  run r1 started: regreen 0.1, model offline
           tests run by /py; sandbox: bubblewrap
           issue: It adds wrong
    0.2 s  your tree was kept as commit 0123456789ab
    1.0 s  3 tests ran in 0.5 s; 2 to turn green
           red: t.py::one  (assert 1 == 2)
           red: t.py::two
           set aside, flaky: t.py::f
           set aside, broken: u.py
    1.1 s  suspects:
           1.50  m.py:2 in add, in the stack trace of a failing test
    3.0 s  step 1: m.py:2: `a - b` becomes `a + b`
    3.1 s  calls apply_patch
           diff --git a/m.py b/m.py
           --- a/m.py
           +++ b/m.py
           @@ -1 +1 @@
           -a - b
           +a + b
    3.2 s  ok: applied:
    3.3 s  calls read_file {'path': 'm.py'}
    3.4 s  no-such-file: there is no file
           look
    4.0 s  the target tests pass with it; kept as refs/regreen/runs/r1/step-1
    6.0 s  judged: plausible
           2 of 2 target tests pass
           none broke
           rival: line 2: another; on (1) they differ
   12.5 s  plausible after 12.5 s
"""


def test_a_run_is_told_from_its_start_to_its_end() -> None:
    assert "\n".join(tell(EVENTS)) + "\n" == STORY


def test_a_run_without_an_end_says_so() -> None:
    told = list(tell(EVENTS[:2]))
    assert told[-1] == "the run has not ended: it was stopped or is still going on"


def test_why_nothing_was_found_is_said_at_the_end() -> None:
    ended = Event(1, 5.0, "run_ended", {"status": "unsolved", "reason": "none passes", "seconds": 3.0})
    assert list(tell([ended])) == ["    0.0 s  unsolved after 3.0 s", "           none passes"]


def test_an_observation_without_text_is_a_line_all_the_same() -> None:
    observed = Event(1, 5.0, "observed", {"call_id": "1", "ok": True, "code": "", "text": ""})
    assert next(iter(tell([observed]))).startswith("    0.0 s")


def test_a_run_in_one_row() -> None:
    row = headline(EVENTS)
    assert (row["status"], row["about"], len(row["started"])) == ("plausible", "t.py::one and 1 more", 19)
    assert headline([]) == {"started": "", "status": "not ended", "about": ""}
