"""How a run begins: the tests as they are, the group of red ones to solve, and suspects."""

from __future__ import annotations

from dataclasses import replace

from agent.context.lookup import definitions_named
from agent.core.task import Suspect, Task
from agent.core.verdict import Status, Verdict
from agent.localize.spectrum import locate
from agent.run.baseline import Baseline
from agent.run.ground import Ground
from agent.run.rows import suspect_row
from agent.run.state import RunState
from tools.testing.site import Site


def begin(task: Task, baseline: Baseline, site: Site, ground: Ground, group: int) -> RunState:
    """The state a run, or its next group of red tests, begins with; the baseline's targets become the task's."""
    ground.journal.append(
        "baseline",
        tests=len(baseline.run.statuses),
        targets=list(baseline.targets),
        flaky=list(baseline.flaky),
        unrelated=list(baseline.unrelated),
        broken=list(baseline.broken),
        waiting=list(baseline.waiting),
        order_dependent=list(baseline.order_dependent),
        sandbox_only=list(baseline.sandbox_only),
        whole=baseline.whole,
        switched_off=list(baseline.run.switched_off),
        seconds=round(baseline.run.seconds, 2),
        failures={
            name: baseline.run.failures[name].message[:500]
            for name in baseline.targets
            if name in baseline.run.failures
        },
    )
    state = RunState(replace(task, fail_to_pass=baseline.targets), baseline, group)
    if not baseline.targets:
        state.verdict, state.reason = _nothing(task, baseline)
    else:
        state.suspects = suspects_of(task, baseline, site)
        ground.journal.append("suspects", suspects=[suspect_row(suspect) for suspect in state.suspects[:20]])
    return state


def suspects_of(task: Task, baseline: Baseline, site: Site) -> tuple[Suspect, ...]:
    """Where the fault may be, by the red tests of a baseline and the issue of its task."""
    named = definitions_named(task.problem_statement, site.workspace.tree)
    return locate(baseline.run, baseline.targets, site.workspace.tree, named, baseline.test_files)


def _nothing(task: Task, baseline: Baseline) -> tuple[Verdict, str]:
    if task.problem_statement:  # an issue without a failing test is still something to do
        return Verdict(Status.UNSOLVED), ""
    aside = [f"{len(names)} {kind}: {', '.join(names[:5])}" for kind, names in baseline.set_aside.items() if names]
    reason = f"no target test fails ({'; '.join(aside)})" if aside else "no target test fails"
    return Verdict(Status.NOTHING_TO_DO, evidence=(reason,)), reason
