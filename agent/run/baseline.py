"""The state of the tests before anything is changed: what is red, what is the target, what must stay green."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from agent.core.config import Scope
from agent.core.errors import InfraFailure, OverBudget, UsageProblem
from agent.core.protocols import Progress
from agent.core.task import Task
from agent.run.budget import Budget
from agent.run.reds import Reds, confirmed
from agent.run.trust import check_trustworthy, is_broken, why_broken
from tools.testing.changes import between
from tools.testing.imports import ImportGraph
from tools.testing.layout import collected_files, holds
from tools.testing.memory import Memory
from tools.testing.results import TEST_COMMAND, TestRun
from tools.testing.select import blurred, impacted
from tools.testing.site import Site
from tools.workspace.git import GitError, Repository

SUITE_SHARE = 0.5  # of the time left, where the suite need not run whole


@dataclass(frozen=True, slots=True)
class Terms:
    """What a baseline is taken for: `selected` (paths or node ids) narrows the targets when the task names none.

    `memory` spares a run that was made before, and where it is `confirmed` the second run of its red tests; `unfenced`
    opens a site without a sandbox, to see what is red only in one. `known_broken` tests could not be set up in a run
    before, which went on without them.
    """

    selected: tuple[str, ...] = ()
    scope: Scope = "auto"
    memory: Memory | None = None
    unfenced: Callable[[str], Site] | None = None
    confirmed: bool = False
    known_broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """`run` is what ran, with lines where it was traced; `targets` are confirmed red.

    `unrelated` are red but not asked for, `broken` fail before they reach the code under test, `waiting` are red and
    their turn comes later; what else is red is in `set_aside`. `whole` is False where only the tests ran that a change
    can affect; `known` then is what an earlier run of the whole suite says. `test_files` are those that tests were
    collected from.
    """

    run: TestRun
    targets: tuple[str, ...]
    flaky: tuple[str, ...]
    unrelated: tuple[str, ...]
    broken: tuple[str, ...]
    waiting: tuple[str, ...] = ()
    order_dependent: tuple[str, ...] = ()
    sandbox_only: tuple[str, ...] = ()
    whole: bool = True
    known: TestRun = field(default_factory=TestRun)
    test_files: frozenset[str] = frozenset()

    @property
    def set_aside(self) -> dict[str, tuple[str, ...]]:
        """Red tests that say nothing about the code, by what is wrong with them."""
        return {
            "flaky": self.flaky,
            "red only after other tests": self.order_dependent,
            "red only in the sandbox": self.sandbox_only,
            "broken set-up": self.broken,
        }


def take_baseline(site: Site, task: Task, terms: Terms, budget: Budget, progress: Progress) -> Baseline:
    """Run the suite, confirm the red tests by a traced second run, and sort them.

    Raises InfraFailure when the suite cannot be trusted and OverBudget when it does not end in time.
    """
    named = [*task.fail_to_pass, *terms.selected]
    tree = tree_of(site.workspace.repository, task.base_commit)
    remembered = _remembered(tree, named, terms)
    if remembered:
        before = _Before(remembered, terms.scope != "impacted", remembered)
    else:
        before = _run_before(site, task, terms, budget, progress)
    run = before.run
    check_trustworthy(run)
    broken = tuple(name for name in run.red if is_broken(name, run, site.workspace.tree))
    red = [name for name in run.red if name not in broken]
    wanted = [name for name in red if _wanted(name, task.fail_to_pass or terms.selected)]
    if not wanted:
        _refuse_broken([name for name in broken if name not in terms.known_broken], run, terms)
    if remembered and terms.confirmed:
        reds = Reds(tuple(wanted), traced=run)
    else:
        reds = _confirmed(site, task, run, wanted, (terms, budget, progress))
    with_lines = _with_lines(run, reds.traced)
    if terms.memory is not None and before.whole and not remembered and TEST_COMMAND not in run.statuses:
        terms.memory.put(tree, with_lines)
    return Baseline(
        run=with_lines,
        targets=reds.targets,
        flaky=reds.flaky,
        unrelated=tuple(name for name in red if name not in wanted),
        broken=broken,
        order_dependent=reds.order_dependent,
        sandbox_only=reds.sandbox_only,
        whole=before.whole,
        known=before.known,
        test_files=collected_files((*before.known.statuses, *run.statuses), site.runner.cwd),
    )


def _refuse_broken(broken: Sequence[str], run: TestRun, terms: Terms) -> None:
    """InfraFailure where tests that were asked for cannot be set up, and nothing else is red."""
    if broken and (not terms.selected or any(_wanted(name, terms.selected) for name in broken)):
        raise InfraFailure(
            why_broken(run, broken),
            "regreen mends code, not the set-up: make the tests importable first (is everything installed?)",
        )


def _confirmed(
    site: Site, task: Task, run: TestRun, wanted: Sequence[str], means: tuple[Terms, Budget, Progress]
) -> Reds:
    terms, budget, progress = means
    if not wanted:
        return Reds()
    reds = confirmed(site, run, wanted, budget, progress)
    if terms.unfenced is None:
        return reds
    return reds.without_sandboxed(run, partial(terms.unfenced, task.base_commit), budget)


@dataclass(frozen=True, slots=True)
class _Before:
    """The first run, whether it was the whole suite, and what an earlier one of the whole suite says."""

    run: TestRun
    whole: bool
    known: TestRun = field(default_factory=TestRun)


def tree_of(repository: Repository, commit: str) -> str:
    """The git tree id of a commit."""
    return repository.git(["rev-parse", f"{commit}^{{tree}}"]).decode().strip()


def _remembered(tree: str, named: Sequence[str], terms: Terms) -> TestRun | None:
    run = terms.memory.get(tree) if terms.memory is not None and terms.scope != "full" else None
    # That nothing is red is not taken from memory: it would be the last word.
    return run if run is not None and run.red and not _missing(named, run) else None


def _run_before(site: Site, task: Task, terms: Terms, budget: Budget, progress: Progress) -> _Before:
    named = [*task.fail_to_pass, *terms.selected]
    run = TestRun()
    if terms.scope != "impacted":
        progress("running the tests as they are")
        share = 1.0 if terms.scope == "full" else SUITE_SHARE
        run = _whole_suite(site, named, budget.remaining.seconds * share)
        if terms.scope == "full" or not run.timed_out:
            return _Before(run, True)
        progress("the suite is too long: going on with the tests that can be affected")
        named = [*named, *run.red]
    known, tests = _affected(site, task, terms)
    wanted = list(dict.fromkeys([*named, *tests]))
    if not wanted:
        raise OverBudget(
            "nothing says which tests to run: none is named, no earlier run is known, and the suite was too long"
            + run.while_running,
            "name a failing test, or raise --max-seconds",
        )
    site.workspace.reset()
    progress(f"running {len(wanted)} named or affected tests as they are")
    return _Before(_named_only(site, wanted, budget.remaining.seconds), False, known)


def _affected(site: Site, task: Task, terms: Terms) -> tuple[TestRun, tuple[str, ...]]:
    """An earlier run of the suite, and the tests that were red in it or that the changes since then can affect."""
    newest = terms.memory.newest() if terms.memory is not None else None
    repository = site.workspace.repository
    tree, known = newest if newest is not None else (repository.head or "", TestRun())
    try:
        changes = between(repository, tree, task.base_commit) if tree else []
    except GitError:  # the tree that was run is gone
        return known, known.red
    graph = ImportGraph.of(site.workspace.tree, site.workspace.files())
    tests = impacted(changes, known, graph, whole=newest is not None).among(known)
    return blurred(known, changes), tuple(dict.fromkeys((*known.red, *tests)))


def _whole_suite(site: Site, named: Sequence[str], seconds: float) -> TestRun:
    run = site.runner.run(timeout_seconds=seconds)
    missing = _missing(named, run)
    if not missing or run.ended_for:
        return run
    return merged(run, _named_only(site, missing, seconds, beside=run))


def _named_only(site: Site, named: Sequence[str], seconds: float, beside: TestRun | None = None) -> TestRun:
    run = site.runner.run(named, timeout_seconds=seconds)
    others = beside is not None and bool(beside.statuses)
    if not run.statuses and not run.ended_for and (others or run.exit_code == 4 or not run.complete):
        raise UsageProblem(f"no test found at {named[0]}", "name a test file, folder or node id that pytest collects")
    return run


def _missing(named: Sequence[str], run: TestRun) -> list[str]:
    return [name for name in named if name not in ("", ".") and run.status_of(name) is None]


def merged(one: TestRun, other: TestRun) -> TestRun:
    """Two runs as one; the second wins where both ran a test."""
    return replace(
        other,
        statuses={**one.statuses, **other.statuses},
        failures={**one.failures, **other.failures},
        durations={**one.durations, **other.durations},
        lines={**one.lines, **other.lines},
        seconds=one.seconds + other.seconds,
        foreign_modules=(*one.foreign_modules, *other.foreign_modules),
        is_watched=one.is_watched or other.is_watched,
        doubts=(*one.doubts, *other.doubts),
    )


def _wanted(name: str, selected: Sequence[str]) -> bool:
    return not selected or name == TEST_COMMAND or any(holds(item, name) for item in selected)


def _with_lines(run: TestRun, traced: TestRun) -> TestRun:
    failures = {**run.failures, **{name: failure for name, failure in traced.failures.items() if name in run.failures}}
    return replace(run, lines={**run.lines, **traced.lines}, failures=failures)
