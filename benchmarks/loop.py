"""What the harness around a model costs: processor time, memory, tokens, the time to the first request, its limits.

The same scripted work, in seven steps and in forty, is done by regreen and by mini-swe-agent (where REGREEN_BENCH_PEERS
names an interpreter that has it) against an endpoint on this machine without latency. Floors, in the same rounds:
`import openai` alone, and pytest run twice on the same repository (a baseline, and its red tests again).
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks._loop.agents import Agent, peers, regreen
from benchmarks._loop.caps import CAPS, stopped_by
from benchmarks._loop.floors import Floors, floors
from benchmarks._loop.run import Ran, run
from benchmarks._loop.script import LONG, SHORT, informed, repository, script
from benchmarks._loop.tokens import Count, counter, sent
from benchmarks._result import Goal, Result, at_least, at_most


@dataclass(frozen=True, slots=True)
class Round:
    """The floors, each agent's short and long run by its name, and a run of ours that acts on the first message."""

    floors: Floors
    short: Mapping[str, Ran]
    long: Mapping[str, Ran]
    informed: Ran


def measure(*, quick: bool) -> Result:
    """Take turns between the agents and the floors; medians of rounds."""
    agents = [regreen(), *peers()]
    rounds = [_round(agents) for _ in range(2 if quick else 6)][1:]  # the first compiles what is not compiled yet
    counted_by, count = counter(peers())
    figures = {
        "import_openai_seconds": _median(each.floors.import_seconds for each in rounds),
        "import_openai_cpu_seconds": _median(each.floors.import_cpu for each in rounds),
        "pytest_twice_seconds": _median(each.floors.pytest_twice_seconds for each in rounds),
    }
    for agent in agents:
        found = _used(agent.name, rounds) | _sent(agent.name, rounds[-1], count)
        figures |= {f"{agent.name}_{what}": figure for what, figure in found.items()}
    figures["regreen_informed_tokens"] = sent(rounds[-1].informed.bodies, count).tokens
    figures |= _compared(figures)
    print(f"tokens are counted by {counted_by}")
    for name, figure in figures.items():
        print(f"{name:44}{figure:12}")
    return Result(figures, _goals(figures) | _caps())


def _round(agents: Iterable[Agent]) -> Round:
    with tempfile.TemporaryDirectory() as folder:
        floor = floors(repository(Path(folder, "floors")))
        short, long = (
            {agent.name: _done(agent, Path(folder, f"{agent.name}-{steps}"), steps) for agent in agents}
            for steps in (SHORT, LONG)
        )
        return Round(floor, short, long, _done(regreen(), Path(folder, "informed")))


def _done(agent: Agent, folder: Path, steps: int = 0) -> Ran:
    """The work done in so many steps, or in as few as the first message allows; OSError where something else was."""
    repo = repository(folder)
    replies = script(agent.dialect, repo, steps) if steps else informed(agent.dialect)
    ran = run(agent, repo, replies)
    resolved = agent.name != "regreen" or json.loads(ran.output.partition("\n")[0])["resolved"]
    if len(ran.bodies) != len(replies) or not resolved:
        raise OSError(f"{agent.name} asked {len(ran.bodies)} times, not {len(replies)}:\n{ran.output[-3000:]}")
    return ran


def _used(name: str, rounds: list[Round]) -> dict[str, float]:
    """CPU, memory and time of an agent."""

    def short(figure: Callable[[Ran], float]) -> float:
        return _median(figure(each.short[name]) for each in rounds)

    return {
        "short_own_cpu_seconds": short(lambda ran: ran.own),
        "short_children_cpu_seconds": short(lambda ran: ran.children),
        "cpu_ms_per_extra_step": _median(
            1000 * (each.long[name].own - each.short[name].own) / (LONG - SHORT) for each in rounds
        ),
        "peak_mb": max(ran.peak_mb for each in rounds for ran in (each.short[name], each.long[name])),
        "first_request_seconds": short(lambda ran: ran.first_request),
        "short_seconds": short(lambda ran: ran.seconds),
    }


def _sent(name: str, last: Round, count: Count) -> dict[str, float]:
    """Tokens of an agent; they are the same in each round."""
    short, long = sent(last.short[name].bodies, count), sent(last.long[name].bodies, count)
    return {
        "short_tokens": short.tokens,
        "short_prefix": round(short.prefix, 3),
        "long_tokens": long.tokens,
        "long_prefix": round(long.prefix, 3),
        "long_weighted_tokens": round(long.weighted),
    }


def _compared(figures: Mapping[str, float]) -> dict[str, float]:
    """Figures against their floors, and against the peer's."""
    waited = figures["regreen_first_request_seconds"] - figures["pytest_twice_seconds"]
    compared = {
        "own_cpu_over_import_seconds": figures["regreen_short_own_cpu_seconds"] - figures["import_openai_cpu_seconds"],
        "first_request_beside_tests_over_import": waited / figures["import_openai_seconds"],
    }
    if "mini_long_weighted_tokens" in figures:
        peer = figures["mini_long_weighted_tokens"]
        compared["weighted_tokens_against_mini"] = figures["regreen_long_weighted_tokens"] / peer
    return {name: round(figure, 3) for name, figure in compared.items()}


def _goals(figures: Mapping[str, float]) -> dict[str, Goal]:
    goals = {
        "cpu_ms_per_extra_step": at_most(figures["regreen_cpu_ms_per_extra_step"], 15),
        "own_cpu_over_import_seconds": at_most(figures["own_cpu_over_import_seconds"], 0.4),
        "peak_mb": at_most(figures["regreen_peak_mb"], 120),
        "short_tokens": at_most(figures["regreen_short_tokens"], 12_000),
        "long_prefix": at_least(figures["regreen_long_prefix"], 0.9),
        "first_request_beside_tests_over_import": at_most(figures["first_request_beside_tests_over_import"], 1.3),
    }
    if "weighted_tokens_against_mini" in figures:
        goals["weighted_tokens_against_mini"] = at_most(figures["weighted_tokens_against_mini"], 0.6)
    return goals


def _caps() -> dict[str, Goal]:
    """Each limit against a model that never stops."""
    goals = {}
    with tempfile.TemporaryDirectory() as folder:
        for cap in CAPS:
            repo = repository(Path(folder, cap))
            goals[f"stopped_by_{cap}"] = at_least(float(stopped_by(regreen(), repo, cap)), 1)
    return goals


def _median(figures: Iterable[float]) -> float:
    return round(statistics.median(figures), 3)
