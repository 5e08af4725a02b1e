"""Failures of tests as a proposer is told of them: without lines that say nothing, and the same crash once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tools.clip import last_lines
from tools.testing.results import Failure, Frame

_RULE = re.compile(r"^(?:_ ){3,}_?\n?", re.MULTILINE)  # between the frames of a traceback
_MARKS = re.compile(r"^[ \t]*[~^]+[ \t]*\n", re.MULTILINE)
_UNSEEN = re.compile(r"^<frozen [\w.]+>:\d+: in \w+\n {4}\?\?\?\n", re.MULTILINE)


def told(failures: Iterable[Failure], limit: int) -> Iterator[tuple[str, str]]:
    """Node id and text of each failure, of at most about `limit` characters.

    Of one that crashed as another before it only its own part is told: the first frame, the test itself.
    """
    seen: dict[tuple[Frame, str, str], str] = {}
    for failure in failures:
        crash = failure.crash
        own, _, deeper = _UNSEEN.sub("", _MARKS.sub("", failure.traceback)).partition(_rule_in(failure.traceback))
        if crash is None or not deeper:
            yield failure.node_id, last_lines(own, limit)
            continue
        first = seen.setdefault((crash, failure.exception, failure.message), failure.node_id)
        if first == failure.node_id:
            text = last_lines(_RULE.sub("", f"{own}{deeper}"), limit)
        else:
            text = f"{own}{crash.path}:{crash.line}: {failure.exception}, as in {first}"
        yield failure.node_id, text


def _rule_in(traceback: str) -> str:
    """What stands between the frames of a traceback, or what no text holds."""
    found = _RULE.search(traceback)
    return found[0] if found else "\0"
