"""Failures of tests as a proposer is told of them: without lines that say nothing, and the same crash once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from tools.clip import last_lines
from tools.testing.results import Failure, Frame

FRAME_LINES = 12  # of a function, up to the line that is at fault

_RULE = re.compile(r"^(?:_ ){3,}_?\n?", re.MULTILINE)  # between the frames of a traceback
_MARKS = re.compile(r"^[ \t]*[~^]+[ \t]*\n", re.MULTILINE)
_ELSEWHERE = r"(?:[/<]|[A-Za-z]:[\\/])"  # how the path of a file begins that is not the repository's
_PASSED_THROUGH = re.compile(rf"^{_ELSEWHERE}[^\n]*:\d+: in [^\n]*\n {{4}}[^\n]*\n", re.MULTILINE)
_RAISED_ELSEWHERE = re.compile(rf"{_ELSEWHERE}.*:\d+: ")
_PLACE = re.compile(r"(.+?):(\d+):")
_DEFINES = re.compile(r"\s*(?:async\s+)?def\s")


def told(
    failures: Iterable[Failure], limit: int, is_shown: Callable[[str, int], bool] = lambda path, line: False
) -> Iterator[tuple[str, str]]:
    """Node id and text of each failure, of at most about `limit` characters.

    Of one that crashed as another before it only its own part is told: the first frame, the test itself. Of a
    function that is shown elsewhere (`is_shown`, of a path and a line) only the line at fault.
    """
    seen: dict[tuple[Frame, str, str], str] = {}
    for failure in failures:
        crash = failure.crash
        own, *deeper = _RULE.split(_PASSED_THROUGH.sub("", _MARKS.sub("", failure.traceback)))
        if crash is None or not deeper:
            yield failure.node_id, last_lines(_shortened(own, is_shown), limit)
            continue
        first = seen.setdefault((crash, failure.exception, failure.message), failure.node_id)
        if first == failure.node_id:
            text = last_lines("\n".join(_shortened(frame, is_shown) for frame in (own, *deeper)), limit)
        else:
            text = f"{_shortened(own, is_shown)}\n{crash.path}:{crash.line}: {failure.exception}, as in {first}"
        yield failure.node_id, text


def _shortened(frame: str, is_shown: Callable[[str, int], bool]) -> str:
    """A frame of a traceback: the last lines up to the one at fault; of a file elsewhere only what was raised."""
    lines = [line.rstrip() for line in frame.strip("\n").split("\n")]
    if _RAISED_ELSEWHERE.match(lines[-1]):
        return "\n".join([*(line for line in lines if line.startswith("E  ")), lines[-1]])
    begin = next((at for at, line in enumerate(lines) if _DEFINES.match(line)), 0) + 1
    fault = next((at for at, line in enumerate(lines) if line.startswith(">")), 0)
    place = _PLACE.match(lines[-1])
    if place and is_shown(place[1], int(place[2])):
        del lines[begin - 1 : fault]
    elif fault - begin > FRAME_LINES:
        lines[begin : fault + 1 - FRAME_LINES] = ["        ..."]
    return "\n".join(lines)
