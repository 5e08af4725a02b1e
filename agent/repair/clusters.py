"""Whole patches that behave alike: by what they do to recorded inputs, else by their syntax, whatever their layout."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from agent.repair.behaviour import Probe
from agent.repair.functions import qualified_name
from agent.repair.source import Module
from tools.difference import changed_lines
from tools.patch import Edit, apply_edit
from tools.testing.lab.lab import Lab

Key = tuple[str, ...]


def clusters(lab: Lab | None, texts: Mapping[str, str], edits: Sequence[Edit], tests: Sequence[str]) -> list[list[int]]:
    """Indices of edits in groups that behave alike, the largest group first, in each the shortest edit first.

    `texts` are the files before; without a lab only equal syntax is alike.
    """
    probes: dict[tuple[str, str], Probe] = {}
    found: dict[Key, list[int]] = {}
    for at, edit in enumerate(edits):
        found.setdefault(_key(lab, texts[edit.path], edit, tests, probes), []).append(at)
    changed = [_changed_characters(texts[edit.path], edit) for edit in edits]
    groups = [sorted(group, key=lambda at: changed[at]) for group in found.values()]
    return sorted(groups, key=lambda group: (-len(group), changed[group[0]]))


def _key(lab: Lab | None, text: str, edit: Edit, tests: Sequence[str], probes: dict[tuple[str, str], Probe]) -> Key:
    alike = (edit.path, _syntax(apply_edit(text, edit)))
    function = _function(text, edit)
    if lab is None or function is None:
        return alike
    place = (edit.path, function)
    if place not in probes:
        probes[place] = Probe.record(lab, text, function, edit, tests)
    answers = probes[place].answers(edit)
    return alike if answers is None else (*place, *(answer.digest for answer in answers))


def _syntax(text: str) -> str:
    try:
        return ast.dump(ast.parse(text.removeprefix("\ufeff")))
    except (SyntaxError, ValueError, RecursionError):
        return text


def _function(text: str, edit: Edit) -> str | None:
    """The one function that an edit changes; None where it changes anything else."""
    try:
        module = Module.parse(edit.path, text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    old, new = text.split("\n"), apply_edit(text, edit).split("\n")
    lines = {line for _, start, end, _, _ in changed_lines(old, new) for line in range(start, max(end, start + 1))}
    names = {qualified_name(module, line + 1) for line in lines}
    return names.pop() if len(names) == 1 else None


def _changed_characters(text: str, edit: Edit) -> int:
    old, new = text.split("\n"), apply_edit(text, edit).split("\n")
    pieces = ((old[first:last], new[start:end]) for _, first, last, start, end in changed_lines(old, new))
    return sum(len(line) for pair in pieces for lines in pair for line in lines)
