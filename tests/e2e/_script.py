"""Scripted runs of the real loop, judge and sandbox on a repository, and their transcript."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.cli.compose import TOOLS
from agent.core.protocols import Proposer
from agent.core.task import Outcome, Task
from agent.propose.scripted import ScriptedProposer
from agent.run.budget import Budget
from agent.run.ground import Ground
from agent.run.judge import Judge
from agent.run.loop import run_task
from agent.trace.journal import Event, Journal, read_journal
from tools.registry import Registry
from tools.spec import ToolCall
from tools.testing.environment import environment_for_tests
from tools.testing.interpreter import Interpreter
from tools.testing.site import Sites
from tools.workspace.git import find_repository
from tools.workspace.sandbox.choose import choose_sandbox
from tools.workspace.snapshot import snapshot

SECONDS = 240.0
ProposerMaker = Callable[[Registry, Journal, Sites], Proposer]


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of a script: what the proposer thinks, and its calls as (tool, arguments)."""

    thought: str
    calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """How a script went; the transcript has a line for each thing that happened."""

    outcome: Outcome
    transcript: tuple[str, ...]


def sites_of(repo: Path, scratch: Path, interpreter: Interpreter) -> Sites:
    """Sites of a repository behind the sandbox that works here."""
    fence, _ = choose_sandbox("auto")
    home = scratch / "sites"
    home.mkdir(parents=True)
    return Sites(find_repository(repo), interpreter, fence, ".", environment_for_tests(os.environ), home)


def play(repo: Path, turns: Sequence[Turn], scratch: Path, interpreter: Interpreter) -> Played:
    """Run a script on a repository as it stands, to the end."""
    calls = [[ToolCall(f"{n}-{m}", *call) for m, call in enumerate(turn.calls)] for n, turn in enumerate(turns)]
    proposer = ScriptedProposer(calls, [turn.thought for turn in turns])
    return work(repo, lambda registry, journal, sites: proposer, scratch, interpreter)


def work(
    repo: Path, proposer: ProposerMaker, scratch: Path, interpreter: Interpreter, issue: str = "", *,
    budget: Budget | None = None, escalate: bool = False,
) -> Played:  # fmt: skip
    """Let a proposer work on a repository as it stands, to the end."""
    sites = sites_of(repo, scratch, interpreter)
    journal = Journal(scratch / "journal.jsonl")
    ground = Ground(
        sites,
        Registry(TOOLS),
        Judge(sites, False, _quiet),
        budget or Budget(40, SECONDS),
        journal,
        _quiet,
        run_id="scripted",
        escalate=escalate,
    )
    task = Task("scripted", repo.name, snapshot(sites.repository), problem_statement=issue)
    outcome = run_task(task, proposer=proposer(ground.registry, journal, sites), ground=ground)
    journal.close()
    ended = f"ended: {outcome.verdict.status}"
    return Played(outcome, (*transcript(read_journal(journal.path)), ended))


BESIDE: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "shown": lambda fields: f"shown: {fields['name']}",
    "compacted": lambda fields: f"  shortened: {fields['answers']} old answers left out",
    "wasted": lambda fields: f"  wasted: {fields['kind']}{', and told' * bool(fields['told'])}",
    "said": lambda fields: f"said: {fields['text'].splitlines()[0]}",
    "told": lambda fields: f"  told: {fields['text'].splitlines()[0]}",
}


def transcript(events: Iterator[Event]) -> Iterator[str]:
    """A journal with what cannot be pinned left out: times, ids, paths, long texts."""
    names: dict[str, str] = {}
    for event in events:
        fields = event.fields
        if event.event == "baseline":
            yield f"baseline: {fields['tests']} tests, {len(fields['targets'])} to turn green"
        elif event.event == "step_started":
            yield f"step {fields['step']}: {fields['thought']}"
        elif event.event == "tool_called":
            names[fields["call_id"]] = f"{fields['name']}({_words(fields['arguments'])})"
        elif event.event == "observed":
            yield f"  {_observed(fields, names.get(fields['call_id'], 'then'))}"
        elif event.event == "judged":
            yield f"  judged: {fields['status']}"
        elif event.event in BESIDE:
            yield BESIDE[event.event](fields)


def _observed(fields: Mapping[str, Any], call: str) -> str:
    first = fields["text"].splitlines()[0]
    return f"{call}: {'ok' if fields['ok'] else fields['code'] or 'no'}, {first}"


def _words(arguments: Mapping[str, Any]) -> str:
    told = ((name, value) for name, value in arguments.items() if name not in ("patch", "patches"))
    return ", ".join(f"{name}={json.dumps(value)}" for name, value in told)


def _quiet(text: str) -> None:
    """Progress nobody looks at."""
