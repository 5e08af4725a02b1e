"""The plugin's records read back: what counts, what is left out, and what a hostile test cannot change."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support import plain_runner
from tools.testing.records import read_run, seal
from tools.testing.results import TestRun, TestStatus
from tools.testing.run import with_key_file
from tools.workspace.process import Finished, run_command

PASSED, FAILED, SKIPPED, ERROR, XFAIL = (
    TestStatus.PASSED, TestStatus.FAILED, TestStatus.SKIPPED, TestStatus.ERROR, TestStatus.XFAIL,
)  # fmt: skip
KEY = "0123456789abcdef"
NEXT = "\ndef test_next():\n    pass\n"


def begun(name: str) -> dict[str, Any]:
    return {"event": "begun", "id": name}


def done(name: str) -> dict[str, Any]:
    return {"event": "done", "id": name, "seconds": 0.25}


def collected(count: int) -> dict[str, Any]:
    return {"event": "collected", "count": count}


def phase(name: str, outcome: str, when: str = "call", xfail: bool = False) -> dict[str, Any]:
    return {"event": "phase", "id": name, "when": when, "outcome": outcome, "xfail": xfail, "seconds": 0.5}


def end(rows: int) -> dict[str, Any]:
    return {"event": "end", "exit": 0, "foreign": [], "rows": rows}


def sealed(row: Mapping[str, Any]) -> str:
    text = json.dumps(row)
    return seal(text, KEY) + text


def read(folder: Path, *rows: Mapping[str, Any] | str, key: str = KEY) -> TestRun:
    lines = [row if isinstance(row, str) else sealed(row) for row in rows]
    (folder / "results.jsonl").write_text("\n".join(lines))
    return read_run(folder, folder, Finished(0, "", 1.0, timed_out=False), key)


def test_a_whole_run_is_read(tmp_path: Path) -> None:
    rows = [begun("a"), phase("a", "passed"), done("a"), begun("b"), phase("b", "skipped", "setup"), done("b"), end(7)]
    assert read(tmp_path, *rows) == TestRun(
        statuses={"a": PASSED, "b": SKIPPED},
        durations={"a": 0.75, "b": 0.75},
        exit_code=0,
        seconds=1.0,
        complete=True,
    )


def test_without_records_nothing_ran(tmp_path: Path) -> None:
    assert read_run(tmp_path, tmp_path, Finished(1, "no", 1.0, timed_out=True), KEY) == TestRun(
        seconds=1.0, timed_out=True, output="no"
    )


@pytest.mark.parametrize(
    "forged",
    [
        json.dumps(phase("a", "passed")),
        "wrong" + json.dumps(phase("a", "passed")),
        json.dumps(phase("a", "passed")) + KEY,
        KEY,
        seal("7", KEY) + "7",
        seal('{"event": "phase", "id"', KEY) + '{"event": "phase", "id"',
        KEY + json.dumps(phase("a", "passed")),
        seal(json.dumps(phase("a", "failed")), KEY) + json.dumps(phase("a", "passed")),
        "\x00\xff",
    ],
    ids=[
        "no key",
        "another key",
        "key behind",
        "only the key",
        "no object",
        "cut short",
        "the key itself",
        "the seal of another row",
        "bytes",
    ],
)
def test_rows_that_are_not_the_plugins_are_left_out(tmp_path: Path, forged: str) -> None:
    found = read(tmp_path, begun("a"), phase("a", "failed"), forged, done("a"), forged, end(4))
    assert (dict(found.statuses), found.complete) == ({"a": FAILED}, True)


def test_a_run_that_lost_rows_is_not_complete(tmp_path: Path) -> None:
    assert read(tmp_path, begun("a"), done("a"), end(4)).complete is False
    assert read(tmp_path, begun("a"), phase("a", "passed"), done("a"), end(4)).complete is True


@pytest.mark.parametrize(
    ("rows", "complete"),
    [
        ([collected(1), begun("a"), phase("a", "passed"), done("a")], True),
        ([collected(2), begun("a"), phase("a", "passed"), done("a")], False),
        ([collected(2), begun("a"), phase("a", "passed"), done("a"), begun("b")], False),
        ([collected(0)], True),
        ([], False),
    ],
    ids=["all", "one never began", "one never ended", "none to run", "ended in collection"],
)
def test_a_run_that_pytest_ended_well_is_complete_only_with_all_its_tests(
    tmp_path: Path, rows: list[Mapping[str, Any]], complete: bool
) -> None:
    found = read(tmp_path, *rows, end(len(rows) + 1))
    assert (found.exit_code, found.complete) == (0, complete)


def test_a_process_that_hangs_once_its_tests_are_over_has_run_them(tmp_path: Path) -> None:
    lines = "\n".join(sealed(row) for row in [begun("a"), phase("a", "passed"), done("a"), end(4)])
    (tmp_path / "results.jsonl").write_text(lines)
    found = read_run(tmp_path, tmp_path, Finished(-9, "", 9.0, timed_out=True), KEY)
    assert (dict(found.statuses), found.complete, found.timed_out) == ({"a": PASSED}, True, False)


@pytest.mark.parametrize(
    "junk", ['{"a": 1}', '{"event": "phase"}', '{"event": 7}', '{"event": []}', '{"event": "done", "id": 1}', "[]", "7"]
)
def test_rows_of_no_kind_that_is_known_are_left_out(tmp_path: Path, junk: str) -> None:
    rows = [begun("a"), junk, phase("a", "passed"), done("a"), junk, end(4)]
    found = read(tmp_path, *(row if isinstance(row, str) else json.dumps(row) for row in rows), key="")
    assert (dict(found.statuses), found.complete) == ({"a": PASSED}, True)


@pytest.mark.parametrize("junk", ["{}", '{"id": "b"}', '{"id": "b", "lines": 7}', '{"id": [], "lines": {}}', "[]", "x"])
def test_lines_of_no_test_are_left_out(tmp_path: Path, junk: str) -> None:
    (tmp_path / "lines.jsonl").write_text(f'{junk}\n{{"id": "a", "lines": {{"m.py": [1, 2]}}}}\n{junk}\n')
    assert read(tmp_path, key="").lines == {"a": {"m.py": frozenset({1, 2})}}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([begun("a"), done("a"), begun("b")], "b"),
        ([begun("a"), phase("a", "failed")], "a"),
        ([begun("a"), done("a")], None),
        ([begun("a"), done("a"), end(3)], None),
        ([begun("a"), phase("a", "failed", "setup"), end(3)], "a"),
        ([], None),
    ],
)
def test_the_test_that_was_running_is_known(
    tmp_path: Path, rows: list[Mapping[str, Any]], expected: str | None
) -> None:
    assert read(tmp_path, *rows).running == expected


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        (["passed", "failed"], FAILED),
        (["failed", "passed"], FAILED),
        (["skipped", "passed"], PASSED),
        (["passed", "skipped"], PASSED),
        (["skipped", "failed"], FAILED),
        (["rerun"], None),
        (["rerun", "passed"], PASSED),
        (["rerun", "failed"], FAILED),
    ],
)
def test_a_test_reported_twice_is_as_bad_as_the_worst(
    tmp_path: Path, phases: list[str], expected: TestStatus | None
) -> None:
    assert read(tmp_path, *(phase("a", outcome) for outcome in phases)).statuses.get("a") == expected


def test_a_red_test_stays_as_its_first_red_phase_named_it(tmp_path: Path) -> None:
    rows = [
        phase("a", "failed"),
        phase("a", "failed", "teardown"),
        phase("b", "passed"),
        phase("b", "failed", "teardown"),
    ]
    assert dict(read(tmp_path, *rows).statuses) == {"a": FAILED, "b": ERROR}


def hostile(home: Path, body: str, setup: str = "") -> TestRun:
    """A run, with a key, of one test with this body and a plain one after it."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    runner = plain_runner(home, {"test_a.py": f"import os, sys, pytest\n{setup}\ndef test_a():\n{lines}{NEXT}"})
    records = home / "io"
    command = runner.command((), records)
    command = with_key_file(command, KEY, records)
    return read_run(records, home / "tree", run_command(command, 120.0), KEY)


FORGE = """\
import glob, json
path = glob.glob('../io/*.jsonl')[0]
row = json.dumps({"event": "phase", "id": "test_a.py::test_a", "when": "call", "outcome": "passed", "xfail": False,
                  "seconds": 0})
"""


CLOSE = """\
for fd in os.listdir('/proc/self/fd'):
    if os.path.exists(f'/proc/self/fd/{fd}') and os.readlink(f'/proc/self/fd/{fd}').endswith('results.jsonl'):
        os.close(int(fd))
"""


@pytest.mark.parametrize(
    "body",
    [
        FORGE + "open(path, 'a').write(row)\nassert 0",
        FORGE + "open(path, 'a').write(os.environ.get('REGREEN_KEY', '') + row + chr(10))\nassert 0",
        FORGE + "for fd in range(3, 64):\n    try: os.write(fd, row.encode())\n    except OSError: pass\nassert 0",
        CLOSE + "assert 0",
        "os.getpid = lambda: 1\nos.write = lambda *a: 0\nassert 0",
        "import json\njson.dumps = None\nassert 0",
    ],
    ids=["appends", "looks for the key", "every descriptor", "closes ours", "replaces os", "replaces json"],
)
def test_a_failing_test_cannot_look_green(tmp_path: Path, body: str) -> None:
    found = hostile(tmp_path, body)
    assert (found.statuses["test_a.py::test_a"], found.statuses["test_a.py::test_next"]) == (FAILED, PASSED)


@pytest.mark.parametrize(
    "body",
    [FORGE + "open(path, 'w')", FORGE + "os.unlink(path)", FORGE + "os.rename(path, path + 'x')"],
    ids=["empties", "deletes", "moves"],
)
def test_a_test_that_destroys_the_records_leaves_no_complete_run(tmp_path: Path, body: str) -> None:
    assert hostile(tmp_path, body).complete is False


@pytest.mark.parametrize("body", ["os._exit(0)", "os.kill(os.getpid(), 11)", "import ctypes\nctypes.string_at(0)"])
def test_a_process_that_ends_early_says_which_test_was_running(tmp_path: Path, body: str) -> None:
    found = hostile(tmp_path, body)
    assert (found.complete, found.exit_code, found.running, dict(found.statuses)) == (
        False,
        None,
        "test_a.py::test_a",
        {},
    )


def test_what_failed_before_a_tear_down_that_kills_is_kept(tmp_path: Path) -> None:
    setup = "@pytest.fixture(autouse=True)\ndef kills():\n    yield\n    os._exit(1)\n"
    found = hostile(tmp_path, "assert 0", setup)
    assert (found.running, dict(found.statuses)) == ("test_a.py::test_a", {"test_a.py::test_a": FAILED})
