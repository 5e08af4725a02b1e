"""A placed hunk as the file would have it: its own lines where quoted, its line ends and indentation on added ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tools.patch.place.fit import Fit
from tools.patch.types import Hunk, Line


def own_hunk(hunk: Hunk, fit: Fit, lines: Sequence[str]) -> Hunk:
    """The hunk with the file's lines; those it leaves out become context, those the file does not have are gone."""
    laid = [row for row in fit.rows if row is not None]
    at = first = laid[0] if laid else 0
    if fit.rule == "exact":
        start = first + 1 if laid else first
        return hunk if hunk.source_start == start else replace(hunk, source_start=start)
    own: list[Line] = []
    rows = iter(range(len(fit.rows)))
    for line in hunk.lines:
        if line.line_type == "+":
            own.append(Line("+", _added(line.value, fit, lines, at)))
            continue
        row = next(rows)
        held = fit.rows[row]
        # A line that stands for many is passed before what is added after it.
        target = held if held is not None else _next_laid(fit.rows, row) if _skips(hunk, row) else at
        own += [Line(" ", left_out) for left_out in lines[at:target]]
        at = target
        if held is not None:
            own.append(Line(line.line_type, lines[held]))
            at = held + 1
    if at == len(lines):
        own = _with_final_newline(own, hunk, lines)
    return _numbered(replace(hunk, lines=tuple(own)), first)


def _skips(hunk: Hunk, row: int) -> bool:
    """True when lines are added right after a source row."""
    at = [at for at, line in enumerate(hunk.lines) if line.line_type != "+"][row]
    return at + 1 < len(hunk.lines) and hunk.lines[at + 1].line_type == "+"


def _next_laid(rows: Sequence[int | None], row: int) -> int:
    return next(laid for laid in rows[row:] if laid is not None)


def _numbered(hunk: Hunk, first: int) -> Hunk:
    source, target = len(hunk.source), len(hunk.target)
    return replace(
        hunk, source_start=first + 1 if source else first, source_length=source, target_length=target, target_start=None
    )


def _added(value: str, fit: Fit, lines: Sequence[str], at: int) -> str:
    text = value if fit.indentation is None else fit.indentation.applied(value) or value
    return _bare(text) + _line_end(lines, at)


def _bare(value: str) -> str:
    return value.removesuffix("\n").removesuffix("\r")


def _line_end(lines: Sequence[str], at: int) -> str:
    """The line end used just before a place, else just after it."""
    ended = [line for line in (*lines[max(at - 2, 0) : at][::-1], *lines[at : at + 1]) if line.endswith("\n")]
    return "\r\n" if ended and ended[0].endswith("\r\n") else "\n"


def _with_final_newline(own: Sequence[Line], hunk: Hunk, lines: Sequence[str]) -> list[Line]:
    """At the end of the file: a final newline stays or stays missing, unless the patch says that it changes."""
    stated_before, stated_after = (side[-1:] == [] or side[-1].endswith("\n") for side in (hunk.source, hunk.target))
    after = stated_after if stated_before != stated_after else lines[-1].endswith("\n")
    last = max((at for at, line in enumerate(own) if line.line_type != "-"), default=-1)
    fixed: list[Line] = []
    for at, line in enumerate(own):
        if line.line_type == "+" and at == last and not after:
            fixed.append(Line("+", _bare(line.value)))
        elif line.line_type == " " and at != last and not line.value.endswith("\n"):
            fixed += [Line("-", line.value), Line("+", line.value + _line_end(lines, len(lines)))]
        else:
            fixed.append(line)
    return fixed
