"""The host's side of one warm worker: a pytest process that collected once and answers requests over pipes."""

from __future__ import annotations

import json
import math
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.testing.run import RunsTests
from tools.workspace.limits import UNLIMITED
from tools.workspace.process import end_group, hang_up, start, watched
from tools.workspace.watch import LOOK_SECONDS, Watch

SLACK_SECONDS = 5.0


class Worker:
    """Owns one process; starts it when first asked and again after it died."""

    def __init__(
        self, runner: RunsTests, tests: Sequence[str], start_seconds: float, *, plain_asserts: bool = False
    ) -> None:
        """`plain_asserts` spares the rewriting of asserts, most of what it takes to collect large files of tests."""
        self.runner = runner
        self._plain_asserts = plain_asserts
        self._tests = tuple(tests)
        self._start_seconds = start_seconds
        self.process: subprocess.Popen[bytes] | None = None
        self._watch = Watch(0, UNLIMITED)
        self._to_worker = self._from_worker = -1
        self._buffer = b""
        self._is_cold = self._is_stopped = False
        self.collected: frozenset[str] | None = None  # once it is warm
        self._failure: ToolError | None = None
        self.failed_start_seconds = 0.0  # what a command that never gets warm took to its end
        self._requests = 0
        self._records: tempfile.TemporaryDirectory[str] | None = None

    def ask(
        self, request: Mapping[str, Any], timeout_seconds: float, *, times: int = 1, most_seconds: float = math.inf
    ) -> dict[str, Any]:
        """One request, one answer; `{"outcome": "died"}` when the worker fell over.

        The request may take the time limit `times` times over, and `most_seconds` at most.
        """
        self.begin()
        if self._is_cold:
            return {"outcome": "slow" if request["kind"] == "try" else "died", "statuses": {}}
        self._requests += 1
        message = {**request, "id": self._requests, "timeout": timeout_seconds}
        try:
            os.write(self._to_worker, (json.dumps(message) + "\n").encode())
        except BrokenPipeError:
            self.close()
            return {"outcome": "died", "statuses": {}}
        answer = self._read(min(times * timeout_seconds, most_seconds) + SLACK_SECONDS)
        if answer is None or "outcome" not in answer:  # a trial can write to any pipe it inherited
            self.close()
            return {"outcome": "died", "statuses": {}}
        return answer

    def stop(self) -> None:
        """End the process under whoever waits for an answer, in another thread: it will have died."""
        self._is_stopped = True
        process = self.process
        if process is not None:
            hang_up(process)

    def close(self) -> None:
        """End the process and all it started."""
        if self.process is None:
            return
        end_group(self.process)
        self.process = None
        os.close(self._to_worker)
        os.close(self._from_worker)
        if self._records is not None:
            self._records.cleanup()

    def begin(self) -> None:
        """Start where that is still to be done; ToolError when it cannot, and again each time it is asked for.

        Where the tests are run by a command that holds no pytest, nothing is warm and all runs are cold.
        """
        if self._failure is not None:
            raise self._failure
        if self.process is not None or self._is_cold:
            return
        began = time.monotonic()
        try:
            self.start()
        except ToolError as failure:
            if not self.runner.is_command:
                self._failure = failure
                raise
            self._is_cold = True
            self.failed_start_seconds = time.monotonic() - began

    def start(self) -> None:
        """Collect the tests; `ask` does it when nobody has."""
        requests_in, self._to_worker = os.pipe()
        self._from_worker, answers_out = os.pipe()
        self._records = tempfile.TemporaryDirectory(dir=self.runner.io, prefix="lab-", ignore_cleanup_errors=True)
        command = self.runner.command(self._tests, Path(self._records.name), lab=True)
        fds = (requests_in, answers_out)
        env = {**command.env, "REGREEN_LAB_FDS": f"{requests_in},{answers_out}"}
        if self._plain_asserts and "PYTHONOPTIMIZE" not in env:
            env["PYTEST_ADDOPTS"] = f"{env.get('PYTEST_ADDOPTS', '')} --assert=plain".strip()
        command = replace(command, env=env)
        self._buffer = b""
        self.process = start(command, pass_fds=fds)
        if self._is_stopped:  # meanwhile
            hang_up(self.process)
        self._watch = watched(self.process, command)
        for descriptor in fds:
            os.close(descriptor)
        ready = self._read(self._start_seconds)
        if ready is None:
            self.close()
            raise ToolError("lab", "the tests could not be collected in a warm worker")
        self.collected = frozenset(map(str, ready.get("tests", ())))

    def _read(self, timeout_seconds: float) -> dict[str, Any] | None:
        """The next answer; None when there is none in time, or the worker and all below it use more than they may."""
        deadline = time.monotonic() + timeout_seconds
        while b"\n" not in self._buffer:
            wait = min(max(0.0, deadline - time.monotonic()), LOOK_SECONDS)
            if not select.select([self._from_worker], [], [], wait)[0]:
                if time.monotonic() >= deadline or self._watch.over():
                    return None
                continue
            chunk = os.read(self._from_worker, 1 << 16)
            if not chunk:
                return None
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer
