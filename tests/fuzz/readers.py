"""What must hold for any content of the files that are read: documented errors alone, nothing written, sound values."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from datetime import date
from functools import partial
from pathlib import Path

from agent.batch.folder import BatchFolder
from agent.batch.order import Order, read_order
from agent.core.config import Config, load_config, load_section
from agent.core.errors import InfraFailure, OverBudget, UsageProblem
from agent.core.task import Task
from agent.hook.settings import HookSettings
from agent.report.story import headline, offered_patch, tell
from agent.run.resume import earlier_run
from agent.tasks.load import SUFFIXES, load_tasks
from agent.tasks.predictions import load_predictions
from agent.trace.journal import Event, Journal, read_journal
from agent.trace.recording import read_recording
from agent.trace.replies import replies_of
from agent.trace.spending import NAME as SPENT
from agent.trace.spending import Spending
from tests.support import files_of

DAY = date(2026, 11, 23)


@contextmanager
def folder_with(**files: bytes) -> Iterator[Path]:
    """A folder with these files; none of them may change, and no other may come."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        before = files_of(folder)
        yield folder
        assert files_of(folder) == before, "something was written"
    finally:
        shutil.rmtree(folder)


def journal(data: bytes) -> None:
    """A journal has events in order, can be told and gone on with; so have a recording and the day's money."""
    with folder_with(**{"journal.jsonl": data, "recording.jsonl": data}) as folder:
        events = list(read_journal(folder / "journal.jsonl"))
        assert all(map(_is_event, events))
        replies_of(events)
        with suppress(UsageProblem):
            assert earlier_run(events).run_id
        assert all(isinstance(line, str) for line in [*tell(events), *headline(events).values(), offered_patch(events)])
        with suppress(UsageProblem):
            assert read_recording(folder).model is not None
    with folder_with() as folder:
        path = folder / "journal.jsonl"
        path.write_bytes(data)
        going_on = Journal(path, goes_on=True)
        going_on.append("note", text="more")
        going_on.close()
        *old, last = read_journal(path)
        assert (old, last.event, last.fields) == (events, "note", {"text": "more"})
        assert all(event.seq < last.seq for event in events)
        path.unlink()
    _money(data)


def _is_event(event: Event) -> bool:
    return type(event.seq) is int and math.isfinite(event.time) and all(isinstance(key, str) for key in event.fields)


def _money(data: bytes) -> None:
    """Whatever the file says, no more than the limit is set aside."""
    with folder_with() as folder:
        (folder / SPENT).write_bytes(data)
        spending = Spending(folder, 1.0, lambda: DAY)
        with suppress(InfraFailure, OverBudget):
            before = spending.left_usd() or 0.0
            assert before <= 1.0
            spending.set_aside(0.75)
            assert 0 <= (spending.left_usd() or 0.0) <= 0.25
        Spending(folder, None, lambda: DAY).settle(0.0, 0.5)
        (folder / SPENT).unlink()


def config(data: bytes) -> None:
    """Settings are read from any file and from the environment, or refused; what is read would be read again."""
    places = {
        "regreen.toml": data,
        "home/regreen/config.toml": data,
        "other/pyproject.toml": b"[tool.regreen]\n" + data,
    }
    with folder_with(**places, **{"plain/pyproject.toml": data}) as folder:
        for root, home in (("", ""), ("nothing", "home"), ("other", ""), ("plain", "")):
            environ = {"XDG_CONFIG_HOME": str(folder / home) if home else str(folder / "nothing")}
            _read_again(partial(load_config, folder / root, environ, {}))
            with suppress(UsageProblem):
                load_section("hook", HookSettings(), folder / root, environ, {})
        text = data.decode("utf-8", "surrogateescape").replace("\0", "")
        name = fields(Config)[sum(data) % len(fields(Config))].name
        environ = {"HOME": str(folder / "nothing"), f"REGREEN_{name.upper()}": text}
        _read_again(partial(load_config, folder / "nothing", environ, {}))


def _read_again(load: Callable[[], Config]) -> None:
    try:
        found = load()
    except UsageProblem:
        return
    assert load_config(Path("/nonexistent"), {"HOME": "/nonexistent"}, asdict(found)) == found


def tasks(data: bytes) -> None:
    """Rows of any kind of file are tasks that can be ordered, problems with a place and a reason, or refused."""
    names = [f"tasks{suffix}" for suffix in SUFFIXES if suffix != ".parquet"]
    with folder_with(**dict.fromkeys(names, data)) as folder:
        for name in names:
            with suppress(UsageProblem):
                _loaded(str(folder / name), data)
        with suppress(UsageProblem):
            _loaded("-", data)
        with suppress(UsageProblem):
            load_predictions(folder / "tasks.jsonl")


def _loaded(source: str, data: bytes) -> None:
    loaded = load_tasks(source, lambda: data)
    assert all(problem.place and problem.reason for problem in loaded.problems)
    assert len({task.instance_id for task in loaded.tasks}) == len(loaded.tasks) == len(loaded.beside)
    for task in (*loaded.tasks, *load_tasks(source, lambda: data, ["ada"]).tasks):
        _ordered(task)


def _ordered(task: Task) -> None:
    """It is made of whole texts, has a folder of its own, and is read by its worker as it was ordered."""
    assert task.instance_id
    for text in (text for value in asdict(task).values() for text in ([value] if isinstance(value, str) else value)):
        text.encode("utf-8")
        assert "\0" not in text, "no process could be given it"
    out = Path("/out")
    assert BatchFolder(out).task(task.instance_id).path.parent == out / "tasks"
    with folder_with(**{"order.json": Order(task, Path("/clone"), {}).to_json().encode("ascii")}) as folder:
        assert read_order(folder / "order.json").task == task


READERS = {"journal": journal, "config": config, "tasks": tasks}
