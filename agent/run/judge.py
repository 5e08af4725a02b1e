"""The judge: a new work tree, the patch, pristine tests. The verdict follows from these, never from who proposed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from agent.core.protocols import Progress
from agent.core.step import Alternative
from agent.core.task import Task
from agent.core.verdict import Flag, Status, Tally, Verdict
from agent.review.inputs import inputs_of
from agent.review.review import review
from agent.run.baseline import Baseline, merged
from agent.run.doubts import disbelieved, doubts_about, unchecked, with_witness
from agent.run.edits import UNCHANGED, judged_both_ways
from agent.run.policy import POLICY_CODES, checks, edits_of_tests, without_parts
from agent.run.rivals import RivalSearch
from agent.run.spelled import spelled
from tools.errors import PatchError
from tools.patch import Change, decide, parse_patch
from tools.testing.changes import of_patch
from tools.testing.command import only_by_exit_code
from tools.testing.imports import ImportGraph
from tools.testing.layout import files_of
from tools.testing.results import GREEN, TEST_COMMAND, TestRun, TestStatus
from tools.testing.select import impacted
from tools.testing.site import Site, Sites
from tools.workspace.put import put

MAX_RIVALS = 5
MAX_FLAGS = 5
FORGIVEN = frozenset({*GREEN, TestStatus.SKIPPED})


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: a task against its baseline, with wall seconds for a test run and for the search for rivals.

    `tests` are run where the whole suite is not: node ids, and files that are meant whole. `unknown` are changed files
    of which nobody can say which tests they affect. `alternatives` are rivals that the proposer itself knows.
    """

    task: Task
    baseline: Baseline
    run_seconds: float
    rival_seconds: float
    tests: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    @property
    def must_stay(self) -> list[str]:
        """What was green and is run again."""
        green = (name for name in self.baseline.run.green if name not in self.baseline.flaky)
        wanted = set(self.tests)
        return [name for name in green if not wanted or name in wanted or name.split("::")[0] in wanted]


@dataclass(frozen=True, slots=True)
class _Tried:
    """What the tests say of a patch, and what is flagged in it, before anything is made of it."""

    verdict: Verdict
    case: Case
    changes: Sequence[Change] = ()
    after: TestRun = field(default_factory=TestRun)
    flags: tuple[Flag, ...] = ()


class Judge:
    """Judges patches."""

    def __init__(self, sites: Sites, allow_test_edits: bool, progress: Progress) -> None:
        self._sites = sites
        self._allow_test_edits = allow_test_edits
        self._progress = progress

    def judge(self, case: Case, patch: str) -> Verdict:
        """The verdict on a canonical diff against the task's base commit.

        Where it may edit existing tests it is judged without these edits, and once more with them.
        """
        if not self._allow_test_edits:
            return self._judged(case, patch)
        edits = edits_of_tests(patch, case.baseline.test_files)
        without = without_parts(patch, edits)
        verdict = self._judged(case, without) if without else UNCHANGED
        if not edits or verdict.status in (Status.REFUSED, Status.INFRA_FAILURE):
            return verdict
        self._progress("judging: with the edited tests")
        tried = self._tried(case, patch)
        return judged_both_ways(verdict, _flagged(tried.verdict, tried.flags), edits)

    def _judged(self, case: Case, model_patch: str) -> Verdict:
        """The verdict on a patch as it is."""
        tried = self._tried(case, model_patch)
        verdict, flags = tried.verdict, tried.flags
        if not verdict.resolved:
            return verdict
        if not case.baseline.targets:
            evidence = (*verdict.evidence, "no test of the task failed before, so nothing is proved")
            return replace(verdict, status=Status.PLAUSIBLE, evidence=evidence)
        verdict = replace(verdict, evidence=(*verdict.evidence, *unchecked(tried.after)))
        doubts = doubts_about(case.baseline.run, tried.after, case.baseline.targets)
        if flags or doubts:
            return _flagged(replace(verdict, status=Status.PLAUSIBLE, evidence=(*verdict.evidence, *doubts)), flags)
        return self._with_rivals(tried.case, tried.changes, verdict, tried.after)

    def _tried(self, case: Case, patch: str) -> _Tried:
        """The tests on a new work tree with the patch."""
        site = self._sites.open(case.task.base_commit, anew=True)
        try:
            try:
                allowed = checks(self._allow_test_edits, tests=case.baseline.test_files)
                changes = decide(parse_patch(patch), site.workspace.tree, allowed)
            except PatchError as error:
                status = Status.REFUSED if error.code in POLICY_CODES else Status.UNSOLVED
                return _Tried(Verdict(status, evidence=(f"the patch does not apply: {error.message}",)), case)
            flags = self._flags(case, site, changes)
            case = case if case.baseline.whole else self._affected_only(case, changes)
            put(changes, site.workspace)
            verdict, after = self._run_suite(site, case)
            return _Tried(verdict, case, changes, after, flags)
        finally:
            site.close()

    def _flags(self, case: Case, site: Site, changes: Sequence[Change]) -> tuple[Flag, ...]:
        """What the review says of the patch, read against the targets' own inputs."""
        targets = case.baseline.targets
        known = case.baseline.run.failures_of(targets)
        return review(changes, inputs_of(targets, known, site.workspace.tree / self._sites.test_root))

    def _run_suite(self, site: Site, case: Case) -> tuple[Verdict, TestRun]:
        what = f"{len(case.tests)} named or affected tests" if case.tests else "the whole suite"
        self._progress(f"judging: {what} in a new work tree")
        after = self._suite(site, case, as_configured=True)
        verdict = _tallied(case, after)
        if verdict.pass_to_pass.failure and not verdict.fail_to_pass.failure:
            verdict, after = self._forgive_flaky(site, case, verdict, after)
        if verdict.resolved:
            verdict, after = self._rerun(site, case, verdict, after)
        return disbelieved(verdict, after), after

    def _suite(self, site: Site, case: Case, *, as_configured: bool) -> TestRun:
        """Everything the baseline ran: what the configuration collects, and files that were named beside it.

        `as_configured` runs it with the target's own order, reruns and workers.
        """
        runner = site.runner.with_canaries()
        if case.tests:
            return runner.run(case.tests, timeout_seconds=case.run_seconds)
        run = (runner.as_configured() if as_configured else runner).run(timeout_seconds=case.run_seconds)
        if as_configured and case.baseline.run.switched_off and not run.complete and not run.ended_for:
            site.workspace.reset()
            return self._suite(site, case, as_configured=False)  # what the baseline did without does not run here
        ran = set(files_of(run.statuses))
        missing = [path for path in files_of(case.baseline.run.statuses) if path not in ran]
        if not missing or not run.complete:
            return run
        return merged(run, site.runner.run(missing, timeout_seconds=case.run_seconds))

    def _affected_only(self, case: Case, changes: Sequence[Change]) -> Case:
        """The case with the targets and the tests that the patch can affect; those not run yet are, without it."""
        baseline = case.baseline
        site = self._sites.open(case.task.base_commit, anew=True)
        try:
            graph = ImportGraph.of(site.workspace.tree, site.workspace.files())
            known = merged(baseline.known, baseline.run)
            selection = impacted(of_patch(changes), known, graph, whole=bool(baseline.known.statuses))
            found = selection.among(known)
            tests = tuple(dict.fromkeys([*baseline.targets, *found]))
            case = replace(case, tests=tests, unknown=selection.unknown)
            new = [name for name in found if name not in baseline.run.statuses]
            if not new:
                return case
            self._progress(f"judging: {len(new)} more tests that the patch can affect, without it")
            run = merged(site.runner.run(new, timeout_seconds=case.run_seconds), baseline.run)
            return replace(case, baseline=replace(baseline, run=run))
        finally:
            site.close()

    def _forgive_flaky(self, site: Site, case: Case, verdict: Verdict, after: TestRun) -> tuple[Verdict, TestRun]:
        """The suite is run once more, as the baseline was: a test that broke and then passes is flaky."""
        site.workspace.reset()
        again = self._suite(site, case, as_configured=False)
        broken = verdict.pass_to_pass.failure
        passed = {name: again.statuses[name] for name in broken if again.statuses.get(name) in GREEN}
        if not passed:
            return verdict, after
        after = replace(after, statuses={**after.statuses, **passed})
        verdict = _tallied(case, after)
        note = f"flaky, passed when the suite ran again: {', '.join(sorted(passed))}"
        return replace(verdict, evidence=(*verdict.evidence, note)), after

    def _rerun(self, site: Site, case: Case, verdict: Verdict, after: TestRun) -> tuple[Verdict, TestRun]:
        targets = case.baseline.targets
        if not targets:
            return verdict, after
        self._progress("judging: the target tests once more")
        site.workspace.reset()
        again = site.runner.with_canaries().run(targets, timeout_seconds=case.run_seconds)
        after = with_witness(after, again)
        if all(again.status_of(name) in GREEN for name in targets):
            return replace(verdict, evidence=(*verdict.evidence, "a rerun of the target tests agrees")), after
        evidence = (*verdict.evidence, "a rerun of the target tests disagrees: they are flaky")
        return replace(verdict, resolved=False, evidence=evidence), after

    def _with_rivals(self, case: Case, changes: Sequence[Change], verdict: Verdict, after: TestRun) -> Verdict:
        unknown = only_by_exit_code(after)
        if unknown:
            return replace(verdict, status=Status.PLAUSIBLE, evidence=(*verdict.evidence, unknown))
        self._progress("judging: looking for rivals")
        targets = _node_ids(case.baseline.targets, after)
        search = RivalSearch(self._sites, case.task.base_commit, targets, case.baseline.run, self._progress)
        survey = search.survey(changes, case.rival_seconds, case.alternatives)
        catered = spelled(changes, case.baseline.run.failures_of(case.baseline.targets))
        is_proved = survey.conclusive and not survey.rivals and case.baseline.whole and not catered
        status = Status.PROVED if is_proved else Status.PLAUSIBLE
        rivals = survey.rivals[:MAX_RIVALS]
        evidence = (*verdict.evidence, survey.sentence, *catered)
        return replace(verdict, status=status, evidence=evidence, rivals=rivals)


def _flagged(verdict: Verdict, flags: tuple[Flag, ...]) -> Verdict:
    """What is flagged in a patch, told with its verdict; with a flag it is never proved: whoever asked decides."""
    shown = [f"flagged: {flag}" for flag in flags[:MAX_FLAGS]]
    more = [f"flagged in {len(flags) - MAX_FLAGS} more places"] if len(flags) > MAX_FLAGS else []
    evidence = (*verdict.evidence, *shown, *more)
    return replace(verdict, evidence=evidence, flags=flags)


def _node_ids(targets: Sequence[str], after: TestRun) -> tuple[str, ...]:
    """Targets as node ids: a file that could not be collected before stands for the tests it holds now."""
    found: list[str] = []
    for target in targets:
        found += (
            [target]
            if target in after.statuses
            else [name for name in after.statuses if name.startswith(f"{target}::")]
        )
    return tuple(found)


def _tallied(case: Case, after: TestRun) -> Verdict:
    """SWE-bench's rule: all targets pass; what passed before passes, or is skipped; a test that vanished failed."""
    baseline = case.baseline
    if not after.complete:
        why = "did not end in time" if after.timed_out else "did not come to its end"
        why = f"was ended for using {after.over}{after.while_running}" if after.over else why
        tally = Tally(failure=baseline.targets)
        return Verdict(Status.UNSOLVED, False, tally, Tally(), True, evidence=(f"with the patch the suite {why}",))
    fixed = Tally(*_split(baseline.targets, after, GREEN))
    kept = Tally(*_split(case.must_stay, after, FORGIVEN))
    resolved = not fixed.failure and not kept.failure
    targets = f"{len(fixed.success)} of {len(baseline.targets)} target tests failed before and pass after"
    evidence = (
        *([targets] if baseline.targets else []),
        *(f"set aside, {kind}: {', '.join(names[:5])}" for kind, names in baseline.set_aside.items() if names),
        f"{_what_ran(baseline, after)}: "
        + (
            f"{len(kept.failure)} that passed now fail ({kept.failure[0]})"
            if kept.failure
            else "nothing that passed fails"
        ),
        *([f"which tests {', '.join(case.unknown[:3])} can affect is not known"] if case.unknown else []),
    )
    if after.foreign_modules:
        foreign = f"the tests loaded modules of your own tree: {', '.join(after.foreign_modules[:3])}"
        return Verdict(Status.INFRA_FAILURE, False, fixed, kept, True, True, (*evidence, foreign))
    return Verdict(Status.UNSOLVED, resolved, fixed, kept, True, evidence=evidence)


def _what_ran(baseline: Baseline, after: TestRun) -> str:
    if set(after.statuses) == {TEST_COMMAND}:
        return "the test command ran"
    if baseline.whole:
        return f"the whole suite ran, {len(after.statuses)} tests"
    known = max(len(baseline.known.statuses), len(baseline.run.statuses))
    of_all = f" of {known} known ones" if known > len(after.statuses) else ""
    return f"not the whole suite ran, but {len(after.statuses)} tests{of_all} that were named or can be affected"


def _split(names: Iterable[str], run: TestRun, good: frozenset[TestStatus]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    statuses = {name: run.status_of(name) for name in names}
    return (
        tuple(name for name, status in statuses.items() if status in good),
        tuple(name for name, status in statuses.items() if status not in good),
    )
