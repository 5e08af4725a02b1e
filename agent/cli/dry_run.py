"""`regreen fix --dry-run`: the tests as they are, then what a model would be sent first and the most it could cost."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.cli.compose import Asked, tools_of, with_seen_images
from agent.cli.console import Console
from agent.cli.issue import read_issue
from agent.cli.minds import OFFLINE, Mind, beside_of, choose_mind
from agent.cli.output import empty_outcome, print_json
from agent.cli.person import person_there
from agent.cli.places import find_place
from agent.cli.stage import configure, open_stage
from agent.core.config import Config
from agent.core.message import Message
from agent.core.protocols import RunView
from agent.core.task import Task
from agent.core.verdict import EXIT_CODES, Status
from agent.localize.groups import next_group
from agent.models.card import ModelCard, worst_case_usd
from agent.models.estimate import request_tokens
from agent.propose.model import Beside, opening, taught
from agent.run.baseline import Baseline, take_baseline
from agent.run.begin import suspects_of
from agent.run.budget import Budget
from tools.registry import Registry
from tools.secrets.redact import Redactor
from tools.spec import ToolSpec
from tools.testing.site import Site

NOTHING_SENT = "nothing was sent"


@dataclass(frozen=True, slots=True)
class Draft:
    """A first request that is not sent. Tokens and USD are upper bounds, None where no price is known.

    `about` is a sentence on the whole repository, where that was asked for.
    """

    card: ModelCard
    messages: Sequence[Message]
    tools: Sequence[ToolSpec]
    tokens: int
    worst_usd: float | None
    about: str = ""


def run_dry(cwd: Path, asked: Asked, flags: Mapping[str, object], *, as_json: bool) -> int:
    """Run the tests as they are, show the first request and its price, and send nothing; exit code 0."""
    place = find_place(cwd)
    config = configure(place, dict(flags))
    asked = replace(asked, issue=read_issue(asked.issue, config.authors))
    mind = choose_mind(config, os.environ)
    beside = beside_of(with_seen_images(asked, mind).images, config, mind)
    with Console() as console, open_stage(config, place, asked.tests) as stage:
        console.note(f"{stage.about} · {mind.about}")
        with closing(stage.sites.open(stage.base)) as site:
            budget = Budget(config.max_steps, config.max_seconds, max_cost_usd=config.max_cost)
            name = place.repository.root.name
            task = Task(name, name, stage.base, problem_statement=asked.issue)
            baseline = take_baseline(site, task, stage.terms, budget, console)
            tools = Registry(tools_of(asks=person_there(os.environ, as_json=as_json) is not None)).specs
            draft, why = _draft(_view(task, baseline, site, budget, config=config), mind, beside, tools)
    return _told(draft, why, config, as_json=as_json)


def _view(task: Task, baseline: Baseline, site: Site, budget: Budget, *, config: Config) -> RunView:
    """What a proposer would see first: without an issue the first group of failing tests."""
    run, targets = baseline.run, baseline.targets
    if targets and not task.problem_statement:
        targets = next_group(run, targets, set(), baseline.test_files)
    suspects = suspects_of(task, replace(baseline, targets=targets), site)
    task = replace(task, fail_to_pass=targets)
    return RunView(task, run, suspects, (), budget.remaining, site.workspace.tree, denied=config.deny)


def _draft(view: RunView, mind: Mind, beside: Beside, offered: Sequence[ToolSpec]) -> tuple[Draft | None, str]:
    """The first request, or why there would be none."""
    if not view.task.fail_to_pass and not view.task.problem_statement:
        return None, "no target test fails"
    if mind.name == OFFLINE or mind.card is None:
        return None, f"{mind.about}: no model would be asked"
    redact = Redactor(os.environ).text
    opened = opening(view, beside)
    messages = [replace(message, text=redact(message.text)) for message in opened.messages]
    tools = taught(offered, mind.card.patch_format)
    tokens = request_tokens(messages, tools)
    worst_usd = worst_case_usd(mind.card, tokens, mind.card.output_tokens)
    return Draft(mind.card, messages, tools, tokens, worst_usd, opened.about), ""


def _told(draft: Draft | None, why: str, config: Config, *, as_json: bool) -> int:
    reason = why if draft is None else "; ".join(_price(draft, config))
    if as_json:
        status = {"status": str(Status.NOTHING_TO_DO), "reason": f"{NOTHING_SENT}: {reason}"}
        print_json({**empty_outcome(), **status, "request": _row(draft, config) if draft else None})
        return EXIT_CODES[Status.NOTHING_TO_DO]
    for line in [f"{NOTHING_SENT}: {why}"] if draft is None else [*_shown(draft), *_price(draft, config), NOTHING_SENT]:
        print(line.encode("utf-8", "backslashreplace").decode())
    return EXIT_CODES[Status.NOTHING_TO_DO]


def _shown(draft: Draft) -> list[str]:
    messages = [f"--- {message.role} ---\n{message.text}\n" for message in draft.messages]
    tools = [f"{spec.name}({', '.join(spec.parameters['properties'])}): {spec.description}" for spec in draft.tools]
    return [*messages, "--- tools ---", *tools, ""]


def _price(draft: Draft, config: Config) -> list[str]:
    """The first request and the whole run, in words."""
    size = f"this request: at most {draft.tokens:,} tokens, and {draft.card.output_tokens:,} in reply"
    size = f"{draft.about}\n{size}" if draft.about else size
    engine = "the embedded engine works first, for nothing: where it proves a patch no request is made"
    if draft.worst_usd is None:
        cap = f"the price of {draft.card.name} is not known: a run uses at most {draft.card.token_cap:,} tokens"
        return [size, cap, engine]
    if draft.worst_usd > config.max_cost:
        end = f"that is more than the ${config.max_cost:g} of --max-cost, so it would not be made"
    else:
        steps = f"{config.max_steps} steps (--max-steps)"
        end = f"the whole run: at most ${config.max_cost:g} (--max-cost) in at most {steps}"
    return [f"{size}: ${draft.worst_usd:.4f} at worst", end, engine]


def _row(draft: Draft, config: Config) -> dict[str, Any]:
    return {
        "model": draft.card.name,
        "messages": [
            {"role": message.role, "text": message.text, "images": [image.name for image in message.images]}
            for message in draft.messages
        ],
        "tools": [spec.name for spec in draft.tools],
        "input_tokens_at_most": draft.tokens,
        "output_tokens_at_most": draft.card.output_tokens,
        "worst_usd": draft.worst_usd,
        "run_worst_usd": None if draft.worst_usd is None else config.max_cost,
    }
