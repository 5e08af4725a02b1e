"""Which red tests are solved together: those that ran the most suspicious line, or crashed in one place."""

from collections.abc import Mapping, Sequence

from agent.localize.groups import crash_site, first_group, next_group
from tools.testing.results import Failure, Frame, TestRun, TestStatus


def traced(lines: Mapping[str, set[int]], red: Sequence[str], crashes: Mapping[str, int] | None = None) -> TestRun:
    """Tests with the lines of m.py they ran; a crash is the line of m.py that raised."""
    frames = {name: (Frame("test_m.py", 1, "t"), Frame("m.py", line, "f")) for name, line in (crashes or {}).items()}
    return TestRun(
        statuses={name: TestStatus.FAILED if name in red else TestStatus.PASSED for name in lines},
        failures={name: Failure(name, "call", "ValueError", "", frames.get(name, ()), "") for name in red},
        lines={name: {"m.py": frozenset(found)} for name, found in lines.items()},
        complete=True,
    )


def test_tests_that_ran_the_most_suspicious_line_come_first() -> None:
    lines = {"a": {1, 2}, "b": {1, 2}, "c": {1, 9}, "green": {1}, "other": {1}}
    assert first_group(traced(lines, ["a", "b", "c"]), ["a", "b", "c"]) == ("a", "b")


def test_one_crash_site_is_one_group_whatever_else_was_run() -> None:
    lines = {"a": {1, 2}, "b": {1, 3}, "green": {1, 3}}
    run = traced(lines, ["a", "b"], {"a": 1, "b": 1})
    assert first_group(run, ["a", "b"]) == ("a", "b")


def test_a_line_that_all_ran_and_no_green_test_did_keeps_them_together() -> None:
    lines = {"a": {1, 2}, "b": {1, 3}, "green": {4}}
    assert first_group(traced(lines, ["a", "b"]), ["b", "a"]) == ("b", "a")


def test_without_product_lines_nothing_tells_them_apart() -> None:
    assert first_group(traced({"a": set(), "b": set()}, ["a", "b"]), ["a", "b"]) == ("a", "b")


def test_a_failed_assertion_has_no_crash_site() -> None:
    run = traced({"a": {1}}, ["a"])
    assert (crash_site(run, "a"), crash_site(run, "missing")) == (None, None)
    assert crash_site(traced({"a": {1}}, ["a"], {"a": 7}), "a") == ("m.py", 7)


def test_what_was_seen_to_turn_green_apart_comes_first_once() -> None:
    run = traced({"a": {1}, "b": {1}, "c": {1}, "green": {4}}, ["a", "b", "c"])
    apart = [frozenset("x"), frozenset("cb")]
    assert next_group(run, ["a", "b", "c"], {frozenset("abc")}, (), apart) == ("b", "c")
    assert next_group(run, ["a", "b", "c"], {frozenset("abc"), frozenset("bc")}, (), apart) == ()


def test_a_group_that_was_tried_in_vain_is_tried_in_parts_then_given_up() -> None:
    run = traced({"a": {1, 2}, "b": {1, 3}, "c": {4}, "green": {4}}, ["a", "b", "c"])
    tried: set[frozenset[str]] = set()
    seen = []
    while group := next_group(run, ["a", "b", "c"], tried):
        seen.append(group)
        tried.add(frozenset(group))
    assert seen == [("a", "b"), ("b",), ("a",), ("c",)]
