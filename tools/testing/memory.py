"""Suite runs that are remembered, by the tree and the environment they ran in. The folder may be deleted any time."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from pathlib import Path
from typing import Any

from tools.testing.interpreter import Interpreter
from tools.testing.results import Failure, Frame, TestRun, TestStatus

VERSION = 1
KEPT = 8
MOST_LINES = 20_000_000  # of all tests; more are not worth their place
INSTALLED = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Memory:
    """Remembers complete runs in `folder`, for one environment."""

    folder: Path
    environment: str

    def get(self, tree: str) -> TestRun | None:
        """What is known of a tree (a git tree id); None when nothing is."""
        return _read(self._file(tree))

    def newest(self) -> tuple[str, TestRun] | None:
        """The tree that was run last in this environment, and its run."""
        for file in self._files():
            run = _read(file)
            if run is not None:
                return file.name.split("-")[1].split(".")[0], run
        return None

    def put(self, tree: str, run: TestRun) -> None:
        """Remember a complete run; where nothing can be written, nothing is remembered."""
        if not run.complete or sum(len(found) for files in run.lines.values() for found in files.values()) > MOST_LINES:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self.folder / f".draft-{os.getpid()}"
            draft.write_bytes(gzip.compress(json.dumps(_row(run)).encode("ascii"), compresslevel=3))
            draft.replace(self._file(tree))
            for old in self._files()[KEPT:]:
                old.unlink(missing_ok=True)

    def _file(self, tree: str) -> Path:
        return self.folder / f"{self.environment}-{tree}.json.gz"

    def _files(self) -> list[Path]:
        found = [path for path in self.folder.glob(f"{self.environment}-*.json.gz") if path.is_file()]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def environment_key(
    interpreter: Interpreter, test_root: str, env: Mapping[str, str], carried: Iterable[tuple[str, int, int]]
) -> str:
    """What tests run in, as 16 digits: interpreter, what is installed, variables, files that git does not track."""
    installed = [
        (str(folder), sorted((entry.name, entry.stat().st_mtime_ns) for entry in os.scandir(folder) if entry.is_dir()))
        for folder in interpreter.path
        if folder.name in INSTALLED and folder.is_dir()
    ]
    said = [
        VERSION,
        str(interpreter.executable),
        interpreter.version,
        installed,
        test_root,
        sorted(env.items()),
        sorted(carried),
    ]
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()[:16]


def _row(run: TestRun) -> dict[str, Any]:
    return {
        "version": VERSION,
        "statuses": dict(run.statuses),
        "failures": [asdict(failure) for failure in run.failures.values()],
        "durations": {name: round(seconds, 4) for name, seconds in run.durations.items()},
        "lines": {name: {path: _ranges(found) for path, found in files.items()} for name, files in run.lines.items()},
        "exit_code": run.exit_code,
        "seconds": run.seconds,
        "switched_off": list(run.switched_off),
    }


def _read(file: Path) -> TestRun | None:
    """A remembered run; None for one that is not there, not ours or not whole."""
    try:
        row = json.loads(gzip.decompress(file.read_bytes()))
        if row["version"] != VERSION:
            return None
        failures = [_failure(found) for found in row["failures"]]
        return TestRun(
            statuses={name: TestStatus(status) for name, status in row["statuses"].items()},
            failures={failure.node_id: failure for failure in failures},
            durations=row["durations"],
            lines={
                name: {path: frozenset(_numbers(ranges)) for path, ranges in files.items()}
                for name, files in row["lines"].items()
            },
            exit_code=row["exit_code"],
            seconds=row["seconds"],
            complete=True,
            switched_off=tuple(row.get("switched_off", ())),
        )
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError):
        return None


def _failure(row: Mapping[str, Any]) -> Failure:
    known = {field.name: row[field.name] for field in fields(Failure) if field.name in row}
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    return Failure(**{**known, **lists, "frames": tuple(Frame(**frame) for frame in row["frames"])})


def _ranges(lines: Iterable[int]) -> str:
    """Rising numbers as `3-5,9`."""
    runs = groupby(enumerate(sorted(lines)), key=lambda pair: pair[1] - pair[0])
    spans = [[line for _, line in run] for _, run in runs]
    return ",".join(f"{span[0]}-{span[-1]}" if len(span) > 1 else str(span[0]) for span in spans)


def _numbers(ranges: str) -> Iterator[int]:
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
