"""The review: every rule on every file of a patch, in the order of places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agent.core.verdict import Flag
from agent.review.inputs import Inputs
from agent.review.planted import planted
from agent.review.source import Source, added_lines, source_of
from agent.review.special_case import special_cases
from agent.review.swallowed import swallowed
from agent.review.tricks import tricks
from agent.review.watched import watched
from tools.patch import Change, decode
from tools.secrets.rules import found_in
from tools.testing.layout import is_test_path

RULES = (watched, tricks, swallowed)
LONGEST_SOURCE = 160


def review(changes: Sequence[Change], inputs: Inputs) -> tuple[Flag, ...]:
    """What keeps a patch from being proved, one flag a place and code; of tests only their configuration is."""
    flags = [_with_source(flag, change) for change in changes for flag in _of(change, inputs)]
    found = {(flag.path, flag.line, flag.code): flag for flag in flags}
    return tuple(sorted(found.values(), key=lambda flag: (flag.path, flag.line, flag.code)))


def _with_source(flag: Flag, change: Change) -> Flag:
    """The flag with the line it is about; that of a secret is not told again."""
    lines = decode(change.after or b"").split("\n")
    if flag.code == "secret" or not 0 < flag.line <= len(lines):
        return flag
    return replace(flag, source=lines[flag.line - 1].strip()[:LONGEST_SOURCE])


def _of(change: Change, inputs: Inputs) -> Iterator[Flag]:
    yield from planted(change)
    yield from _secrets(change)
    source = None if is_test_path(change.path) else source_of(change)
    if source is None:
        return
    for rule in RULES:
        yield from rule(source)
    yield from special_cases(source, inputs)
    yield from _named(source, inputs)


def _secrets(change: Change) -> Iterator[Flag]:
    """Flags for added lines that hold a secret; the patch itself is never changed."""
    old, new = decode(change.before or b""), decode(change.after or b"")
    for kind, start, _ in found_in(new):
        line = new.count("\n", 0, start) + 1
        if line in added_lines(old, new):
            yield Flag(change.path, line, "secret", f"the patch adds what looks like a secret ({kind})")


def _named(source: Source, inputs: Inputs) -> Iterator[Flag]:
    for line, text in source.new_texts():
        if text in inputs.names:
            yield Flag(source.path, line, "test-name", f"product code names the failing test ({text!r})")
