"""How long from the start of `regreen fix` to a model's first request, against what cannot be saved.

Floors, in the same rounds: `import openai` alone, and pytest run twice on the same repository (a baseline, and its red
tests again).
The repository is a fixture whose failing tests the embedded engine cannot take up, so that the model is asked at once.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks._result import Result
from benchmarks.startup import REGREEN
from tests.e2e._repositories import copy_fixture
from tests.endpoint import Act, Endpoint, Request, says

FIXTURE = "new-file"
MODEL = "gpt-4.1"
GIVES_UP = [says("I cannot.")] * 3


class Timed(Endpoint):
    """An endpoint that notes when it is first asked."""

    asked_at: float | None = None

    def act_for(self, request: Request) -> Act:
        self.asked_at = self.asked_at or time.monotonic()
        return super().act_for(request)


def measure(*, quick: bool) -> Result:
    """Take turns between regreen and its floors; medians of wall seconds."""
    with tempfile.TemporaryDirectory() as folder:
        repo = copy_fixture(FIXTURE, Path(folder) / FIXTURE)
        rounds = [_round(repo) for _ in range(4 if quick else 16)][1:]  # the first compiles what is not compiled yet
    figures = {name: round(statistics.median(times[name] for times in rounds), 3) for name in rounds[0]}
    floor = figures["import_openai_seconds"] + figures["pytest_twice_seconds"]
    figures["over_import_openai"] = round(figures["first_request_seconds"] / figures["import_openai_seconds"], 2)
    figures["over_both_floors"] = round(figures["first_request_seconds"] / floor, 2)
    for name, figure in figures.items():
        print(f"{name:32}{figure:8}")
    return Result(figures, {})


def _round(repo: Path) -> dict[str, float]:
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    openai = _wall_seconds([sys.executable, "-c", "import openai"], repo)
    twice = _wall_seconds(pytest, repo) + _wall_seconds(pytest, repo)
    return {"import_openai_seconds": openai, "pytest_twice_seconds": twice, **_until_asked(repo)}


def _until_asked(repo: Path) -> Mapping[str, float]:
    """Wall seconds from the start to the first request, and to the end."""
    endpoint = Timed(GIVES_UP, models=[MODEL])
    with endpoint:
        env = {**os.environ, "OPENAI_BASE_URL": endpoint.base_url, "OPENAI_API_KEY": "none", "REGREEN_MODEL": MODEL}
        started = time.monotonic()
        _run([REGREEN, "fix", "--json"], repo, env)
        ended = time.monotonic()
    if endpoint.asked_at is None:
        raise OSError("regreen asked no model")
    return {"first_request_seconds": endpoint.asked_at - started, "whole_run_seconds": ended - started}


def _wall_seconds(argv: Sequence[str], cwd: Path) -> float:
    started = time.monotonic()
    _run(argv, cwd, os.environ)
    return time.monotonic() - started


def _run(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
    subprocess.run(argv, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
