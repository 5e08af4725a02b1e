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
_PASSED_THROUGH = re.compile(rf"^({_ELSEWHERE}[^\n]*):(\d+): in [^\n]*\n {{4}}[^\n]*\n", re.MULTILINE)
_OUTSIDE = re.compile(_ELSEWHERE)
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
        frames = _Frames(failure, is_shown)
        own, *deeper = frames.texts
        if crash is None or not deeper:
            yield failure.node_id, last_lines(own, limit)
            continue
        first = seen.setdefault((crash, failure.exception, failure.message), failure.node_id)
        if first == failure.node_id:
            text = last_lines("\n".join((own, *deeper)), limit)
        else:
            text = f"{own}\n{crash.path}:{crash.line}: {failure.exception}, as in {first}"
        yield failure.node_id, text


class _Frames:
    """The frames of a failure's traceback as pytest tells them, each shortened.

    Some paths of the repository's files pytest writes out, too: its own places are known by their name and line.
    """

    def __init__(self, failure: Failure, is_shown: Callable[[str, int], bool]) -> None:
        self._is_shown = is_shown
        self._own = {(_name(frame.path), frame.line) for frame in failure.frames if not _OUTSIDE.match(frame.path)}
        text = _PASSED_THROUGH.sub(self._passed_through, _MARKS.sub("", failure.traceback))
        self.texts = [self._shortened(frame) for frame in _RULE.split(text)]

    def _is_outside(self, path: str, line: str) -> bool:
        return _OUTSIDE.match(path) is not None and (_name(path), int(line)) not in self._own

    def _passed_through(self, found: re.Match[str]) -> str:
        return "" if self._is_outside(found[1], found[2]) else found[0]

    def _shortened(self, frame: str) -> str:
        """The last lines up to the one at fault; of a file elsewhere only what was raised."""
        lines = [line.rstrip() for line in frame.strip("\n").split("\n")]
        place = _PLACE.match(lines[-1])
        raised = [line for line in lines if line.startswith("E  ")]
        if raised and place and self._is_outside(place[1], place[2]):
            return "\n".join([*raised, lines[-1]])
        begin = next((at for at, line in enumerate(lines) if _DEFINES.match(line)), 0) + 1
        fault = next((at for at, line in enumerate(lines) if line.startswith(">")), 0)
        if place and self._is_shown(place[1], int(place[2])):
            del lines[begin - 1 : fault]
        elif fault - begin > FRAME_LINES:
            lines[begin : fault + 1 - FRAME_LINES] = ["        ..."]
        return "\n".join(lines)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
