"""The tree after a step of an earlier run, made again from the patches in its journal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

from agent.core.errors import UsageProblem
from agent.run.resume import Start
from agent.trace.journal import Event
from tools.testing.site import Sites
from tools.workspace.put import put_patch


@dataclass(frozen=True, slots=True)
class Point:
    """A step of a run. Steps are counted anew in each group of red tests; the first group is 1."""

    group: int
    step: int

    @classmethod
    def of(cls, text: str) -> Point:
        """`STEP`, or `GROUP.STEP`; UsageProblem for anything else."""
        group, _, step = text.rpartition(".")
        if not step.isascii() or not step.isdigit() or not (group.isdigit() or not group) or len(text) > 9:
            raise UsageProblem(
                f"no step: {text!r}", "a step is a number, as `regreen show` tells them; 2.1 is in group 2"
            )
        return cls(int(group or 1), int(step))


def patches_before(events: Sequence[Event], point: Point) -> tuple[str, ...]:
    """The patches that were applied up to the end of a step; UsageProblem when the run did not come there."""
    found: list[str] = []
    group = step = before = 0
    is_solved = False
    call: Event | None = None
    is_reached = point.step == 0
    for event in _last_session(events):
        if event.event == "baseline" and group == point.group:
            break
        if event.event == "baseline":
            found = found if is_solved else found[:before]  # the next group begins on what was solved
            group, step, before, is_solved = group + 1, 0, len(found), False
        elif event.event == "judged":
            is_solved = bool(event.fields["resolved"])
        elif event.event == "step_started":
            step = int(event.fields["step"])
            is_reached = is_reached or (group, step) == (point.group, point.step)
        elif event.event == "tool_called":
            call = event
        elif event.event == "observed" and call is not None and event.fields["call_id"] == call.fields["call_id"]:
            if (
                call.fields["name"] == "apply_patch"
                and event.fields["ok"]
                and (group, step) <= (point.group, point.step)
            ):
                found.append(str(call.fields["arguments"]["patch"]))
            call = None
    if not is_reached:
        raise UsageProblem(f"the run has no step {point.step} in group {point.group}", "`regreen show` tells its steps")
    return tuple(found)


def _last_session(events: Sequence[Event]) -> Sequence[Event]:
    """A run that went on took its steps again; the session that came furthest tells them all."""
    starts = [0, *(at for at, event in enumerate(events) if event.event == "resumed"), len(events)]
    sessions = [events[one:other] for one, other in pairwise(starts)]
    return max(reversed(sessions), key=lambda session: sum(event.event == "step_started" for event in session))


def start_of(patches: Sequence[str], base: str, sites: Sites, about: str) -> Start | None:
    """A start from the tree with these patches; None where they leave the base as it is."""
    with closing(sites.open(base)) as site:
        for patch in patches:
            put_patch(patch, site.workspace)
        patch = site.workspace.diff()
        return Start(patch, site.workspace.commit(f"regreen: {about}"), about) if patch else None
