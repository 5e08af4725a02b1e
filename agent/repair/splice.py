"""What a splice does to a module's text: one normal form for each result, and whether the result still parses."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from agent.repair.source import COMPOUND, Module
from tools.patch import Edit

# In a longer statement only an element around the node is parsed, where what stands there ends at a comma or bracket.
_LONG_CHARS = 1500
_CLOSED_PLACES = {
    (ast.Call, "args"),
    (ast.Dict, "keys"),
    (ast.Dict, "values"),
    (ast.List, "elts"),
    (ast.Set, "elts"),
    (ast.Tuple, "elts"),
    (ast.keyword, "value"),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest piece of a module that parses alone once it stands between before and after."""

    start: int
    end: int
    before: str
    after: str
    outer: Unit | None = None


def normal_form(text: str, edit: Edit) -> tuple[int, int, str]:
    """Return the one (start, end, text) shared by all edits with this result; (0, 0, "") changes nothing."""
    start, end, new = edit.start, edit.end, edit.text
    while start < end and new and text[start] == new[0]:
        start, new = start + 1, new[1:]
    while start < end and new and text[end - 1] == new[-1]:
        end, new = end - 1, new[:-1]
    if start == end and not new:
        return 0, 0, ""
    # A pure insertion or deletion inside a repetition can slide: take the last place.
    while start == end and start < len(text) and text[start] == new[0]:
        start, end, new = start + 1, end + 1, new[1:] + new[0]
    while not new and end < len(text) and text[start] == text[end]:
        start, end = start + 1, end + 1
    return start, end, new


def unit_of(module: Module, node: ast.AST) -> Unit:
    """Return the unit a node's own code lies in: a simple statement, a header, a decorator, or part of a long one."""
    unit = _code_unit(module, node)
    if unit.end - unit.start <= _LONG_CHARS:
        return unit
    child, best = node, unit
    while not isinstance(child, (ast.stmt, *COMPOUND)):
        start, end = module.span(child) if hasattr(child, "end_lineno") else (unit.start, unit.end)
        if end - start > _LONG_CHARS:
            break
        if (type(module.parent(child)), module.field(child)) in _CLOSED_PLACES and not isinstance(child, ast.Starred):
            best = Unit(start, end, "(\n", "\n)", unit)
        child = module.links.parents[child]
    return best


def _code_unit(module: Module, node: ast.AST) -> Unit:
    child, holder = node, module.parent(node)
    while holder is not None and not isinstance(child, (ast.stmt, *COMPOUND)):
        if module.field(child) == "decorator_list":
            return Unit(*module.span(child), "(\n", "\n)")
        child, holder = holder, module.parent(holder)
    if not isinstance(child, COMPOUND):
        return Unit(*module.span(child), "", "")
    if isinstance(child, ast.match_case):
        return Unit(module.span(child.pattern)[0], module.header_end(child), "match x:\n case ", " pass")
    start, end = module.span(child)[0], module.header_end(child)
    if isinstance(child, ast.ExceptHandler):
        return Unit(start, end, "try: pass\n", " pass")
    if isinstance(child, ast.Match):
        return Unit(start, end, "", "\n case _: pass")
    is_elif = module.text.startswith("elif", start)
    return Unit(start, end, "if 1: pass\n" if is_elif else "", " pass")


def parses(module: Module, unit: Unit, edit: Edit) -> bool:
    """Tell whether the module still parses after an edit that stays within the unit or puts whole lines."""
    if unit.outer is not None and not unit.start <= edit.start <= edit.end <= unit.end:
        return parses(module, unit.outer, edit)
    indented = edit.text.lstrip("\r\n")[:1] in (" ", "\t")
    within = unit.start <= edit.start and edit.end <= unit.end
    if within and not (indented and edit.start == unit.start):
        head, tail = module.text[unit.start : edit.start], module.text[edit.end : unit.end]
        return _parses(f"{unit.before}{head}{edit.text}{tail}{unit.after}")
    return _parses(f"if 1:\n{edit.text}" if indented else edit.text)


def _parses(source: str) -> bool:
    try:
        compile(source, "<candidate>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
