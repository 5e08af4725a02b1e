"""What keeps a run of the judge's from being believed: our own tests in it, and witnesses that do not agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.core.verdict import Status, Verdict
from agent.repair.beyond import without_network
from tools.testing.results import TestRun, TestStatus

EXCUSED = "{} does not pass: it is expected to fail"
UNREACHED = "that the tests pass now does not show what they do with a network: {}"
UNCHECKED = "the {} of the test command told of the tests: whether it reports failures was not checked"
UNWATCHED = "no tests of ours could be asked among the target's, so nothing shows that failures are reported"


def with_witness(after: TestRun, again: TestRun) -> TestRun:
    """The first run with what a second one of the same code showed about believing it."""
    return replace(after, is_watched=after.is_watched or again.is_watched, doubts=(*after.doubts, *again.doubts))


def disbelieved(verdict: Verdict, after: TestRun) -> Verdict:
    """The verdict, unresolved where a fatal doubt takes the worth from everything the run says."""
    fatal = [doubt.sentence for doubt in after.doubts if doubt.is_fatal]
    if not fatal:
        return verdict
    return replace(verdict, status=Status.UNSOLVED, resolved=False, evidence=(*verdict.evidence, fatal[0]))


def unchecked(after: TestRun) -> tuple[str, ...]:
    """Sentences on what nobody checked in a run that pytest did not tell of."""
    return () if after.told_by == "pytest" else (UNCHECKED.format(after.told_by),)


def doubts_about(before: TestRun, after: TestRun, targets: Sequence[str]) -> tuple[str, ...]:
    """Sentences on why a resolved run proves nothing; where no pytest told of it none of our tests could be asked.

    A test that reached for a network in vain passes, too, once that is taken out.
    """
    excused = [EXCUSED.format(name) for name in targets if after.status_of(name) is TestStatus.XFAIL]
    unwatched = [] if after.is_watched or after.told_by != "pytest" else [UNWATCHED]
    unreached = without_network(before.failures_of(targets))
    missed = [UNREACHED.format(unreached)] if unreached else []
    return tuple(dict.fromkeys([*excused[:1], *(doubt.sentence for doubt in after.doubts), *unwatched, *missed]))
