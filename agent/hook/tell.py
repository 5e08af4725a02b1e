"""A red commit told in short: what fails, since when, and a patch for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.core.task import Outcome
from agent.core.verdict import Status
from agent.hook.check import Finding, Red

MOST = 10  # red tests
MOST_NAMED = 5
WIDTH = 160


def tell_red(finding: Finding) -> Iterator[str]:
    """A line a red test, worst first, and what was left out."""
    ran = len(finding.run.statuses)
    what = "tests that the change can affect are red" if ran else "the tests do not run any more"
    yield f"regreen: {len(finding.reds)} of {ran} {what}" if ran else f"regreen: {what}"
    for red in finding.reds[:MOST]:
        yield f"  {red.name}{_since(red)}"
        yield from (f"    {line}" for line in _why(red))
    if len(finding.reds) > MOST:
        yield f"  and {len(finding.reds) - MOST} more"
    yield from tell_rest(finding)


def tell_rest(finding: Finding) -> Iterator[str]:
    """What says nothing about the change, and what was not run."""
    yield from (f"set aside, {kind}: {_some(names)}" for kind, names in finding.set_aside.items())
    if finding.not_run:
        yield f"not run for want of time: {_some(finding.not_run)}"


def tell_patch(outcome: Outcome) -> Iterator[str]:
    """The patch with its verdict and how to take it, or that there is none."""
    if not outcome.model_patch:
        late = outcome.verdict.status is Status.OVER_BUDGET
        yield "no patch was found in time; `regreen fix` takes longer" if late else f"no patch found: {outcome.reason}"
        return
    yield f"a patch, {outcome.verdict.status}: {outcome.reason}"
    yield from (f"  another reading: {rival.sentence}; {rival.example}" for rival in outcome.verdict.rivals)
    yield outcome.model_patch.rstrip("\n")
    yield "to take it: `regreen apply --run last`, with --index to stage it, too"


def _since(red: Red) -> str:
    return f"  ({red.since})" if red.since else ""


def _why(red: Red) -> Iterator[str]:
    failure = red.failure
    if failure is None:
        return
    message = next((line for line in failure.message.splitlines() if line.strip()), "")
    kind = failure.exception.rpartition(".")[2]
    said = message if not kind or message.startswith(kind) else f"{kind}: {message}".rstrip(": ")
    place = f"{failure.crash.path}:{failure.crash.line}: " if failure.crash else ""
    yield f"{place}{said}"[:WIDTH]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"
