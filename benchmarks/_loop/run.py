"""One run of an agent against a scripted model without latency, and what it used and sent."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._loop.agents import MODEL, Agent, environment
from benchmarks._loop.script import issue
from benchmarks._loop.tokens import shared, texts_of
from tests.endpoint import Act, Answer, Counted, Endpoint, Request, counting, error_body, fault

METER = str(Path(__file__).with_name("meter.py"))
SECONDS = 600  # no run may take longer
CHARACTERS_PER_TOKEN = 4.6  # of code, as the vendor counts


class Scripted(Endpoint):
    """Plays replies in turn, and notes when it is first asked.

    It counts tokens by characters, and as cached what a request shares with the one before.
    """

    def __init__(self, replies: Iterable[Answer]) -> None:
        super().__init__(self._reply, models=[MODEL], rules=lambda api, headers, body: [])  # a peer has its own ways
        self._replies = iter(replies)
        self._last: list[str] = []
        self.asked_at: float | None = None

    def _reply(self, request: Request) -> Act:
        self.asked_at = self.asked_at or time.monotonic()
        answer = next(self._replies, None)
        if answer is None:
            return fault(400, body=error_body("the script is at its end"))
        texts = texts_of(request.body)
        cached, self._last = shared(self._last, texts), texts
        return counting(Counted(_tokens(texts), cached_input=_tokens(cached)), answer)


def _tokens(texts: Sequence[str]) -> int:
    return round(sum(map(len, texts)) / CHARACTERS_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run used: CPU seconds of its own process and of its children, its peak in MB, wall seconds.

    `bodies` are the requests, `output` is what it printed.
    """

    own: float
    children: float
    peak_mb: float
    first_request: float
    seconds: float
    exit_code: int
    bodies: Sequence[Mapping[str, Any]]
    output: str


def run(agent: Agent, repo: Path, replies: Iterable[Answer], more: Sequence[str] = ()) -> Ran:
    """Let an agent do the task in `repo`; OSError where it asks nothing."""
    endpoint = Scripted(replies)
    with tempfile.TemporaryDirectory() as home, endpoint:
        used = Path(home, "used.json")
        argv = [agent.python, METER, str(used), agent.entry, *agent.arguments(issue(), more)]
        env = environment(endpoint.base_url, Path(home))
        started = time.monotonic()
        process = subprocess.run(
            argv, cwd=repo, env=env, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
        seconds = time.monotonic() - started
        output = f"{process.stdout.decode(errors='replace')}\n{process.stderr.decode(errors='replace')}"
        if endpoint.asked_at is None:
            raise OSError(f"{agent.name} asked no model:\n{output[-2000:]}")
        return Ran(
            **json.loads(used.read_text()),
            first_request=endpoint.asked_at - started,
            seconds=seconds,
            exit_code=process.returncode,
            bodies=[request.body for request in endpoint.requests],
            output=output,
        )
