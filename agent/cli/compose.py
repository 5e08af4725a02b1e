"""The only place that picks concrete classes: from a configuration to everything a run works with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from agent import __version__
from agent.cli.console import Console
from agent.cli.honest import task_hash
from agent.cli.minds import OFFLINE, SEEING_HINT, Mind, Work, beside_of, choose_mind, replayed_mind, why_blind
from agent.cli.person import Terminal
from agent.cli.places import Place
from agent.cli.selection import Selection
from agent.cli.stage import Stage, open_stage, open_stage_at
from agent.context.images import keep_images
from agent.core.config import Config
from agent.core.errors import UsageProblem
from agent.core.message import Image
from agent.core.protocols import Model, Proposer
from agent.core.task import Task
from agent.core.usage import Payer, Usage
from agent.report.story import TELLERS
from agent.run.budget import Budget
from agent.run.ground import Ground
from agent.run.judge import Judge
from agent.run.resume import Earlier, Start, starting
from agent.trace.journal import NAME, Event, Journal
from agent.trace.lock import Held, held
from agent.trace.recording import Recorder, Recording, new_recording, read_recording
from agent.trace.replies import Remembering
from agent.trace.runs import state_folder
from agent.trace.spending import Spending
from agent.trace.spoken import Hearing
from tools.ask import ask_user
from tools.check import run_tests
from tools.edit import apply_patch, show_diff
from tools.explore import list_dir, read_file
from tools.registry import Registry
from tools.search import search
from tools.secrets.redact import Redactor
from tools.spec import Result
from tools.symbols import find_symbol
from tools.trial import try_patches
from tools.workspace.snapshot import keep

NARRATED = ("note", "manifest", "baseline", "suspects", "step_started")
TOOLS = (list_dir, read_file, search, find_symbol, run_tests, apply_patch, try_patches, show_diff)


def tools_of(*, asks: bool) -> tuple[Callable[..., str | Result], ...]:
    """The tools of a run, and what asks the person who watches it."""
    return (*TOOLS, ask_user) if asks else TOOLS


@dataclass(frozen=True, slots=True)
class Tape:
    """The folder that a run's exchanges with the model are recorded to, or replayed from."""

    record: Path | None = None
    replay: Path | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is for; a `given` task is worked at its base commit.

    With `earlier` it begins on that run's tree, and goes on with that run if it `goes_on`. `notes` are for the journal;
    `person` watches it, if somebody does.
    """

    tests: Sequence[str] = ()
    issue: str = ""
    given: Task | None = None
    earlier: Earlier | None = None
    goes_on: bool = False
    start: Start | None = None
    hint: str = ""
    tape: Tape = Tape()
    images: tuple[Image, ...] = ()
    notes: Sequence[str] = ()
    person: Terminal | None = None


@contextmanager
def open_ground(
    config: Config, place: Place, asked: Asked, console: Console
) -> Iterator[tuple[Ground, Task, Callable[[], Proposer]]]:
    """Everything for one run, which is journalled from here on."""
    mind = _mind_of(config, asked.tape)
    asked = with_seen_images(asked, mind)
    with _stage_of(config, place, asked) as stage, open_run(config, place, stage, mind, console, asked=asked) as run:
        yield run


def _mind_of(config: Config, tape: Tape) -> Mind:
    if tape.replay is not None:
        return replayed_mind(read_recording(tape.replay))
    mind = choose_mind(config, os.environ)
    if tape.record is not None and mind.name == OFFLINE:
        raise UsageProblem("--record keeps exchanges with a model, and none is asked", "set --model and a key")
    return mind


def with_seen_images(asked: Asked, mind: Mind) -> Asked:
    """Images that a user gives must be seen; those that come with a task of a batch are left out otherwise."""
    blind = why_blind(mind) if asked.images else ""
    if blind and asked.given is None:
        raise UsageProblem(f"the images cannot be sent: {blind}", SEEING_HINT)
    return replace(asked, images=(), notes=(*asked.notes, f"images are left out: {blind}")) if blind else asked


def _stage_of(config: Config, place: Place, asked: Asked) -> AbstractContextManager[Stage]:
    if asked.earlier:
        return open_stage_at(asked.earlier.base, config, place, Selection(asked.earlier.test_root, asked.earlier.tests))
    return open_stage(config, place, asked.tests, asked.given.base_commit if asked.given else "")


@contextmanager
def open_run(
    config: Config, place: Place, stage: Stage, mind: Mind, console: Console, *, asked: Asked = Asked()
) -> Iterator[tuple[Ground, Task, Callable[[], Proposer]]]:
    """A run on a stage, which is journalled from here on."""
    redactor = Redactor(os.environ)
    with (
        _taped(asked.tape, mind) as tape,
        _journal_of(place, asked, console, redactor) as journal,
        _heard(config, asked, mind, console, journal=journal, tape=tape) as (hearing, budget, memory),
    ):
        run_id = journal.path.parent.name
        console.note(f"{stage.about} · {mind.about}")
        _noted(journal, stage, config, asked, mind.name)
        manifest = stage.blinds.noted(journal.append, task_hash(place.row_sha256, asked.issue), mind.name)
        keep(place.repository, f"runs/{run_id}/base", stage.base)
        _begun(journal, stage, asked, place, partial(budget.settle, payer=mind.payer))
        judge = Judge(stage.sites, config.allow_test_edits, console)
        registry = Registry(tools_of(asks=hearing.asks), redactor.text)
        ground = Ground(stage.sites, registry, judge, budget, journal, console, run_id, stage.terms,
                        config.allow_test_edits, config.deny, config.escalate and mind.name != OFFLINE,
                        manifest, hearing.ask)  # fmt: skip
        work = Work(
            stage.sites,
            registry,
            budget,
            console,
            redactor.text,
            memory,
            lambda model: Recording(model, tape, lambda: budget.step) if tape else model,
            journal.append,
            lambda text: journal.append("note", text=text),
            beside_of(asked.images, config, mind),
            config.escalate,
            config.samples,
            mind.stronger,
            Spending(state_folder(os.environ), config.max_cost_per_day),
            hearing,
            ground.shared,
        )
        task = _task_of(asked, stage, place, run_id)
        yield ground, task, starting(partial(mind.proposer, work), asked.start)
        if rest := mind.rest():
            console.note(rest)


@contextmanager
def _heard(
    config: Config, asked: Asked, mind: Mind, console: Console, *, journal: Journal, tape: Recorder | None
) -> Iterator[tuple[Hearing, Budget, Callable[[Model], Model]]]:
    """What a person says in this run, its budget, and what keeps a model's replies."""
    budget = _budget_of(config, journal)
    earlier = asked.earlier if asked.goes_on else None
    kept = list(earlier.replies) if earlier else []
    record = journal.append if tape is None else partial(_both, journal.append, tape.note)
    person = asked.person if mind.card is not None else None  # the engine hears nobody, a recording what it holds
    spoken = earlier.spoken if earlier else mind.spoken
    asks = person is not None or mind.asks or spoken.answer is not None
    hearing = Hearing(person, record, spoken, asks, lambda: bool(kept))

    def memory(model: Model) -> Model:
        return Remembering(model, journal.append, partial(budget.settle, payer=mind.payer), kept)

    try:
        with person.open(console, lambda: budget.remaining.seconds) if person else nullcontext():
            yield hearing, budget, memory
    finally:
        hearing.close()


def _both(one: Callable[..., None], other: Callable[..., None], name: str, /, **fields: object) -> None:
    one(name, **fields)
    other(name, **fields)


def _begun(journal: Journal, stage: Stage, asked: Asked, place: Place, settle: Callable[[Usage], object]) -> None:
    """Journal what a run begins with; one that goes on begins with the cost of what the one before it has lost."""
    if asked.earlier and asked.goes_on:
        settle(asked.earlier.lost)
    else:
        journal.append("snapshot", commit=stage.base, head=place.repository.head)
        keep_images(journal.path.parent, asked.images)
    for text in asked.notes:
        journal.append("note", text=text)


def _budget_of(config: Config, journal: Journal) -> Budget:
    """The budget of a run, whose journal is told of every charge."""

    def settled(usage: Usage, payer: Payer) -> None:
        journal.append("usage", **asdict(usage), **asdict(payer))

    return Budget(config.max_steps, config.max_seconds, max_cost_usd=config.max_cost, on_settle=settled)


def _taped(tape: Tape, mind: Mind) -> AbstractContextManager[Recorder | None]:
    """What the exchanges of this run are recorded by, if they are."""
    if tape.record is None:
        return nullcontext()
    return new_recording(tape.record, version=__version__, model=mind.name, patch_format=mind.patch_format,
                         stronger=mind.stronger.patch_format if mind.stronger else None)  # fmt: skip


@contextmanager
def _journal_of(place: Place, asked: Asked, console: Console, redactor: Redactor) -> Iterator[Journal]:
    """The journal of a new run, or of the one that goes on, which nobody else works on meanwhile."""
    going_on = asked.earlier.run_id if asked.earlier and asked.goes_on else ""
    run_id, folder = (going_on, place.store.folder / going_on) if going_on else place.store.new_run()
    opened = partial(Journal, goes_on=bool(going_on))
    narrate = partial(_narrate, console=console)
    try:
        with held(folder), closing(opened(folder / NAME, narrate, redactor.fields)) as journal:
            yield journal
    except Held as error:
        raise UsageProblem(f"run {run_id} is still going on: {error.owner}", "wait for its end, or stop it") from error


def _noted(journal: Journal, stage: Stage, config: Config, asked: Asked, model: str) -> None:
    """All that going on with this run will need; or, when it goes on, who does."""
    if asked.hint and model == OFFLINE:
        journal.append("note", text="the hint is for a model: offline nobody reads it")
    if asked.goes_on:
        journal.append("resumed", version=__version__, hint=asked.hint, sandbox=stage.about, model=model)
        return
    named = asked.given.fail_to_pass if asked.given else stage.selection.tests
    journal.append("run_started", version=__version__, run=journal.path.parent.name, tests=list(named),
                   issue=asked.issue, python=str(stage.sites.interpreter.executable), sandbox=stage.about,
                   model=model, base=stage.base, test_root=stage.selection.test_root, config=asdict(config),
                   hint=asked.hint, start=asdict(asked.start) if asked.start else None)  # fmt: skip


def _task_of(asked: Asked, stage: Stage, place: Place, run_id: str) -> Task:
    name = place.repository.root.name
    task = asked.given or Task(f"{name}-{run_id}", name, stage.base, problem_statement=asked.issue)
    return replace(task, hints_text="\n".join(filter(None, [task.hints_text, *_hints(asked)])))


def _hints(asked: Asked) -> tuple[str, ...]:
    earlier = asked.earlier.hints if asked.earlier and asked.goes_on else ()
    return (*earlier, *([asked.hint] if asked.hint else []))


def _narrate(event: Event, console: Console) -> None:
    """Show what was found, as it is found."""
    if event.event in NARRATED:
        for line in TELLERS[event.event](event.fields):
            console.note(line)
