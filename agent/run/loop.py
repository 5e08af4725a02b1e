"""The loop: propose, call, observe, until a patch is proved, nobody sees a way on, or the budget is gone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from agent.core.errors import DaySpent, InfraFailure, OverBudget, RegreenError
from agent.core.protocols import Proposer, RunView
from agent.core.step import Alternative, FailedProof, Step
from agent.core.task import Outcome, Task
from agent.core.verdict import OFFERED, Status, Verdict
from agent.run.affected import about_affected, affected_tests
from agent.run.baseline import take_baseline
from agent.run.begin import begin
from agent.run.ground import Ground
from agent.run.judge import Case
from agent.run.policy import checks, edits_of_tests, new_files, split_tests
from agent.run.rows import verdict_row
from agent.run.shown import UNSHOWN, reproducing, showing
from agent.run.state import RunState
from agent.run.trials import run_edits
from tools.check import compared, summarise
from tools.context import ToolContext
from tools.testing.results import GREEN, TestRun
from tools.testing.site import Site
from tools.workspace.snapshot import keep

RIVAL_SECONDS = 30.0
TEST_SHARE = 0.5


def run_task(task: Task, *, proposer: Proposer, ground: Ground) -> Outcome:
    """Work one task to its outcome, all its red tests at once.

    Raises InfraFailure and OverBudget only before the first step.
    """
    with closing(ground.sites.open(task.base_commit)) as site:
        baseline = take_baseline(site, task, ground.terms, ground.budget, ground.progress)
        return run_from(begin(task, baseline, site, ground, 1), site, proposer=proposer, ground=ground)


def run_from(state: RunState, site: Site, *, proposer: Proposer, ground: Ground) -> Outcome:
    """Work from a state to its outcome."""
    if state.verdict.status is not Status.NOTHING_TO_DO:
        _work(state, proposer, site, ground)
    return _ended(state, ground)


def _work(state: RunState, proposer: Proposer, site: Site, ground: Ground) -> None:
    verdict: Verdict | None = None
    while not ground.budget.exhausted:
        ground.progress(f"step {len(state.steps) + 1}")
        view = _view(state, site, ground, verdict)
        try:
            proposed = proposer.propose(view)
        except RegreenError as error:  # over budget, or an endpoint that fails: what was found so far is kept
            # One that had answered before, and did not in the time left.
            is_late = isinstance(error, InfraFailure) and ground.budget.exhausted and state.steps
            state.stopped = _over(ground, error.message) if is_late else error
            return
        step = _carried_out(proposed, state, site, ground)
        ground.budget.count_step()
        if not step.tool_calls:
            state.steps.append(step)
            _stopped(step, state, site, ground)
            return
        feedback, verdict = _settled(step, state, site, ground)
        state.steps.append(_with_feedback(step, feedback))
        if verdict is not None and _is_end(verdict, ground):
            return
    state.stopped = _over(ground)


def _over(ground: Ground, meanwhile: str = "") -> OverBudget:
    return OverBudget(": ".join(filter(None, [f"{ground.budget.exhausted} was reached", meanwhile])))


def _is_end(verdict: Verdict, ground: Ground) -> bool:
    if verdict.status is Status.PLAUSIBLE:
        return not ground.escalate
    return verdict.status in (Status.PROVED, Status.REFUSED)


def _carried_out(step: Step, state: RunState, site: Site, ground: Ground) -> Step:
    """The step with its calls made, each written to the journal before the next."""
    ground.journal.append("step_started", step=step.index, thought=step.thought)
    allowed = checks(ground.allow_test_edits, new_files(state.last_patch), state.baseline.test_files)
    ctx = ToolContext(
        site.workspace,
        lambda tests: _run_tests(tests, state, site, ground),
        allowed,
        lambda edits: run_edits(edits, state, site, ground),
        ground.denied,
        ground.ask,
    )
    observations = []
    for call in step.tool_calls:
        ground.progress(f"step {step.index}: {call.name}")
        ground.journal.append(
            "tool_called", step=step.index, call_id=call.call_id, name=call.name, arguments=dict(call.arguments)
        )
        observation = ground.registry.call(call, ctx)
        observations.append(observation)
        ground.journal.append(
            "observed", call_id=call.call_id, ok=observation.ok, code=observation.code, text=observation.text
        )
    return replace(step, observations=tuple(observations))


def _run_tests(tests: Sequence[str], state: RunState, site: Site, ground: Ground) -> TestRun:
    site.workspace.reset()
    return site.runner.run(
        tests or state.task.fail_to_pass, timeout_seconds=ground.budget.remaining.seconds * TEST_SHARE
    )


def _stopped(step: Step, state: RunState, site: Site, ground: Ground) -> None:
    """The proposer sees no way on. Without target tests that may mean that it is done: the judge has the last word."""
    model_patch, _ = split_tests(state.last_patch, state.baseline.test_files)
    if model_patch and not state.task.fail_to_pass and not state.best_patch:
        _judge((model_patch, "", "no test shows the change"), state, site, ground)
    elif not state.has_best:
        state.reason = step.thought
    elif state.verdict.status is Status.PLAUSIBLE and step.thought:
        state.reason = f"{state.reason}; {step.thought}"


def _view(state: RunState, site: Site, ground: Ground, verdict: Verdict | None) -> RunView:
    return RunView(
        task=state.task,
        before=state.baseline.run,
        suspects=state.suspects,
        steps=tuple(state.steps),
        remaining=ground.budget.remaining,
        tree=site.workspace.tree,
        patch=state.last_patch,
        denied=ground.denied,
        failures=tuple(state.failures),
        verdict=verdict if verdict is not None and verdict.status is Status.PLAUSIBLE else None,
    )


def _with_feedback(step: Step, feedback: str) -> Step:
    """The step whose last observation also says what the harness found, so that no call is spent on asking."""
    if not feedback:
        return step
    *before, last = step.observations
    return replace(step, observations=(*before, replace(last, text=f"{last.text}\n\n{feedback}")))


def _settled(step: Step, state: RunState, site: Site, ground: Ground) -> tuple[str, Verdict | None]:
    """After a changed tree: run the targets and, when they are green, have the patch judged; "" for no change."""
    stamp = site.workspace.stamp()
    if stamp == state.last_stamp:
        return "", None
    state.last_stamp = stamp
    patch = site.workspace.diff()
    if patch == state.last_patch:
        return "", None
    state.last_patch = patch
    model_patch, test_patch = split_tests(patch, state.baseline.test_files)
    if not model_patch and not _edits(test_patch, state, ground):
        return _reproduced(test_patch, state, site, ground), None
    if state.task.fail_to_pass:
        green, note = _targets_green(model_patch, state, site, ground)
    else:
        green, note = _shown(test_patch, state, site, ground)
    if not green:
        if state.task.fail_to_pass:
            state.failures.append(FailedProof(patch, note))
        return note, None
    verdict = _judge((model_patch, test_patch, note), state, site, ground, _alternatives(step, state))
    if verdict.status not in OFFERED:
        state.failures.append(FailedProof(patch, "; ".join(verdict.evidence), verdict.pass_to_pass.failure))
    return f"judged: {verdict.status}: {'; '.join(verdict.evidence)}", verdict


def _alternatives(step: Step, state: RunState) -> tuple[Alternative, ...]:
    """What was named so far, by whoever proposed then: it does not end to be an open reading with another proposer."""
    return tuple(dict.fromkeys(one for done in (*state.steps, step) for one in done.alternatives))


def _reproduced(test_patch: str, state: RunState, site: Site, ground: Ground) -> str:
    """Whether new tests fail on the code as it is; "" where there are none, or targets that they do not matter to."""
    if not test_patch or state.task.fail_to_pass:
        return ""
    ground.progress("running the new tests on the code as it is")
    seconds = ground.budget.remaining.seconds * TEST_SHARE
    ok, text = reproducing(test_patch, site, ground.sites.test_root, seconds)
    ground.journal.append("observed", call_id="new-tests", ok=ok, code="", text=text)
    return text


def _shown(test_patch: str, state: RunState, site: Site, ground: Ground) -> tuple[bool, str]:
    """Without target tests a new one must show the change; until there is one, the suite must at least stay green."""
    seconds = ground.budget.remaining.seconds * TEST_SHARE
    if test_patch:
        ground.progress("running the new tests with the change and without it")
        shows = showing(test_patch, site, ground.sites, state.task.base_commit, seconds)
        text = shows.lack or f"fails without the change and passes with it: {', '.join(shows.tests)}"
        ground.journal.append("observed", call_id="new-tests", ok=not shows.lack, code="", text=text)
        return not shows.lack, text
    ground.progress("running the suite on the patch")
    site.workspace.reset()
    run = site.runner.run(timeout_seconds=seconds)
    broken = [name for name in state.baseline.run.green if run.status_of(name) not in GREEN]
    text = f"{len(broken)} tests that passed now fail\n{summarise(run)}" if broken or not run.complete else UNSHOWN
    ground.journal.append("observed", call_id="suite", ok=not broken, code="", text=text)
    return False, text


def _judge(
    proposed: tuple[str, str, str],
    state: RunState,
    site: Site,
    ground: Ground,
    alternatives: tuple[Alternative, ...] = (),
) -> Verdict:
    """Judge a patch; `proposed` is the patch, the new tests beside it, and what was seen of the two."""
    model_patch, test_patch, note = proposed
    commit = _keep_patch((model_patch, test_patch), state, site, ground)
    seconds = ground.budget.remaining.seconds
    case = Case(state.task, state.baseline, seconds, min(RIVAL_SECONDS, seconds / 3), alternatives=alternatives)
    verdict = ground.judge.judge(case, model_patch + _edits(test_patch, state, ground))
    if not state.task.fail_to_pass:
        verdict = replace(verdict, evidence=(*verdict.evidence, note))
    ground.journal.append("judged", step=_number(state), **verdict_row(verdict))
    if not _is_worse(verdict, state.verdict):
        state.best_patch, state.best_tests, state.best_commit = model_patch, test_patch, commit
        state.verdict, state.reason = verdict, "; ".join(verdict.evidence)
    return verdict


def _is_worse(verdict: Verdict, best: Verdict) -> bool:
    """Whether a plausible result would be given up for one that fails, or that needs other tests than there were."""
    if best.status is not Status.PLAUSIBLE:
        return False
    return verdict.status is Status.UNSOLVED or (best.resolved and verdict.needs_test_edits)


def _targets_green(model_patch: str, state: RunState, site: Site, ground: Ground) -> tuple[bool, str]:
    """Whether the targets are; while one is red, the answer also says what the patch does to other tests."""
    ground.progress("running the target tests on the patch")
    run = _run_tests((), state, site, ground)
    green = run.complete and all(run.status_of(name) in GREEN for name in state.task.fail_to_pass)
    news = compared(state.last_run or state.baseline.run, run)
    text = "target tests pass" if green else f"target tests still fail\n{news}\n{summarise(run)}"
    state.last_run = run
    ground.journal.append("observed", call_id="targets", ok=green, code="", text=text)
    asked = run.complete and not green and model_patch
    tests = affected_tests(model_patch, site.workspace, state.baseline.run) if asked else ()
    if not tests:
        return green, text
    more = about_affected(_run_tests(tests, state, site, ground), tests)
    ground.journal.append("observed", call_id="affected", ok=True, code="", text=more)
    return green, f"{text}\n\n{more}"


def _edits(test_patch: str, state: RunState, ground: Ground) -> str:
    """Edits of existing tests, where they are allowed; without leave the tree holds none."""
    return edits_of_tests(test_patch, state.baseline.test_files) if ground.allow_test_edits else ""


def _keep_patch(patches: tuple[str, str], state: RunState, site: Site, ground: Ground) -> str:
    """Name the accepted tree by a ref of the run, so that the patch outlives the workspace; gives the commit."""
    number = _number(state)
    commit = site.workspace.commit(f"regreen: step {number}")
    ref = f"runs/{ground.run_id}/{f'group-{state.group}/' if state.group > 1 else ''}step-{number}"
    keep(ground.sites.repository, ref, commit)
    model_patch, test_patch = patches
    kept = {"commit": commit, "patch": model_patch, "test_patch": test_patch}
    ground.journal.append("patch_accepted", step=number, ref=f"refs/regreen/{ref}", **kept)
    return commit


def _number(state: RunState) -> int:
    """Of the step that goes on; it joins `state.steps` at its end."""
    return len(state.steps) + 1


def _ended(state: RunState, ground: Ground) -> Outcome:
    verdict, stopped = state.verdict, state.stopped
    if stopped is not None and verdict.status is Status.UNSOLVED:
        kept = "; the best patch so far is kept, unproved" if state.has_best else ""
        state.reason = f"{stopped.message}{kept}"
        verdict = replace(verdict, status=stopped.status, infra_failure=stopped.status is Status.INFRA_FAILURE)
    elif stopped is not None:
        state.reason = f"{state.reason}; {stopped.message}"
    outcome = ground.outcome(state.task, verdict, state.reason)
    patch = "" if verdict.status is Status.UNSOLVED else state.best_patch
    hint = stopped.hint if stopped is not None else ""
    commit = state.best_commit if patch else ""
    return replace(outcome, model_patch=patch, test_patch_out=state.best_tests, hint=hint, commit=commit,
                   day_spent=isinstance(stopped, DaySpent))  # fmt: skip
