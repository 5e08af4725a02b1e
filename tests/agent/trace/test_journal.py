"""The journal: every event on disk before the run goes on, and read back whatever happened to the file."""

import json
import os
from pathlib import Path

import pytest

from agent.trace.journal import Event, Journal, read_journal
from tools.secrets.redact import Redactor


def texts(path: Path) -> list[tuple[int, str, dict[str, object]]]:
    return [(event.seq, event.event, dict(event.fields)) for event in read_journal(path)]


def test_events_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "journal.jsonl")
    journal.append("run_started", run="1", tests=["a", "ü", "\udcff"], issue="two\nlines \u2028 and\x0b more")
    journal.append("usage", cost_usd=None, nested={"a": [1, 2.5, True]})
    journal.close()
    assert texts(journal.path) == [
        (1, "run_started", {"run": "1", "tests": ["a", "ü", "\udcff"], "issue": "two\nlines \u2028 and\x0b more"}),
        (2, "usage", {"cost_usd": None, "nested": {"a": [1, 2.5, True]}}),
    ]


def test_a_line_is_one_event_in_the_agreed_form(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.append("judged", status="proved")
    (line,) = journal.path.read_bytes().splitlines()
    row = json.loads(line)
    assert list(row) == ["v", "seq", "time", "event", "status"]
    assert (row["v"], row["seq"], row["event"], row["status"]) == (1, 1, "judged", "proved")
    assert line.isascii()


def test_an_event_is_on_disk_before_it_is_told(tmp_path: Path) -> None:
    seen: list[tuple[Event, bytes]] = []
    journal = Journal(tmp_path / "j", lambda event: seen.append((event, (tmp_path / "j").read_bytes())))
    journal.append("one", a=1)
    assert [(event.event, dict(event.fields), b'"event": "one"' in data) for event, data in seen] == [
        ("one", {"a": 1}, True)
    ]


def test_a_journal_is_private_and_never_reused(tmp_path: Path) -> None:
    Journal(tmp_path / "j").append("one")
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        Journal(tmp_path / "j")


def test_nothing_is_appended_after_the_end(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.close()
    with pytest.raises(OSError, match="descriptor"):
        journal.append("late")


def test_a_value_that_is_not_json_is_the_callers_error_and_leaves_no_half_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    with pytest.raises(TypeError):
        journal.append("bad", value=object())
    journal.append("good")
    assert texts(journal.path) == [(1, "good", {})]


@pytest.mark.parametrize("cut", [1, 2, 10, 30])
def test_a_last_line_cut_short_is_dropped(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path / "j")
    journal.append("one")
    journal.append("two", text="x" * 50)
    os.truncate(journal.path, journal.path.stat().st_size - cut)
    kept = [(1, "one", {})] if cut > 1 else [(1, "one", {}), (2, "two", {"text": "x" * 50})]
    assert texts(journal.path) == kept


def test_what_a_reader_does_not_know_is_no_trouble(tmp_path: Path) -> None:
    rows = [
        {"v": 1, "seq": 1, "time": 1.0, "event": "of_the_future", "more": 1},
        {"v": 2, "seq": 2, "time": 1.0, "event": "of_another_version"},
        "a text",
        3,
        {"v": 1},
        {"v": 1, "seq": 3, "time": 2.0, "event": "known"},
    ]
    (tmp_path / "j").write_bytes(b"\n".join(json.dumps(row).encode() for row in rows) + b"\n\xff\xfe\n\n{\n")
    assert texts(tmp_path / "j") == [(1, "of_the_future", {"more": 1}), (3, "known", {})]


def test_a_missing_journal_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        list(read_journal(tmp_path / "j"))


def test_secrets_are_taken_out_but_of_patches(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    journal = Journal(tmp_path / "j", redact=Redactor().fields)
    journal.append("tool_called", text=secret, arguments={"patch": secret, "path": secret}, patch=secret)
    (event,) = read_journal(tmp_path / "j")
    shown = "[secret:github-token:1]"
    assert event.fields == {"text": shown, "arguments": {"patch": secret, "path": shown}, "patch": secret}


def test_a_journal_that_goes_on_keeps_a_line_cut_short_apart(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.append("one")
    journal.append("two", text="x" * 50)
    journal.close()
    os.truncate(journal.path, journal.path.stat().st_size - 5)
    again = Journal(tmp_path / "j", goes_on=True)
    again.append("three")
    again.close()
    assert texts(journal.path) == [(1, "one", {}), (2, "three", {})]
