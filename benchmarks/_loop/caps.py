"""Does each limit stop a model that never stops?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from benchmarks._loop.agents import Agent
from benchmarks._loop.run import run
from benchmarks._loop.script import forever
from tests.endpoint import Answer

STEPS = 12
SECONDS = 20
COST = 0.2  # USD: a few requests, each of which may be answered at length
NAP = 1.0  # seconds a reply, where time is what ends the run
CAPS = {
    "steps": (f"--max-steps={STEPS}",),
    "seconds": (f"--max-seconds={SECONDS}", "--max-steps=1000"),
    "cost": (f"--max-cost={COST}", "--max-steps=1000"),
}
REQUESTS_AT_MOST = 200  # of a run that nothing stopped


def stopped_by(agent: Agent, repo: Path, cap: str) -> bool:
    """Whether the run ended with the exit code of a limit that was reached, before the replies did."""
    nap = NAP if cap == "seconds" else 0.0
    ran = run(agent, repo, _slowly(islice(forever(agent.dialect, repo), REQUESTS_AT_MOST), nap), CAPS[cap])
    print(f"  {cap}: exit code {ran.exit_code} after {len(ran.bodies)} requests, {ran.seconds:.0f} s")
    return ran.exit_code == 4 and len(ran.bodies) < REQUESTS_AT_MOST and (cap != "steps" or len(ran.bodies) <= STEPS)


def _slowly(replies: Iterable[Answer], nap: float) -> Iterator[Answer]:
    for reply in replies:
        time.sleep(nap)
        yield reply
