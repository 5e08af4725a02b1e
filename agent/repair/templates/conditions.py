"""A condition has a part too many, a part too few, or should not depend on anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.bindings import COMPREHENSIONS, Kind
from agent.repair.candidate import Candidate, Site
from agent.repair.ingredients import bound_names, names_in
from agent.repair.precedence import AND, OPERATORS, OR, level
from agent.repair.source import Module
from agent.repair.templates.boolean import is_condition

_PARTS_MAX = 5
_TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert)


def condition_drop(site: Site) -> Iterator[Candidate]:
    """`a` for `a and b`; a comprehension without its filter."""
    node, module = site.node, site.module
    if isinstance(node, ast.BoolOp):
        binding = OPERATORS[type(node.op)]
        word = "and" if isinstance(node.op, ast.And) else "or"
        for dropped in node.values:
            kept = [value for value in node.values if value is not dropped]
            if len(kept) == 1:
                yield site.replace(node, module.segment(kept[0]), level(kept[0]))
            else:
                yield site.replace(node, f" {word} ".join(site.operand(value, binding) for value in kept), binding)
    elif module.field(node) == "ifs":
        start, end = module.span(node)
        word_at = module.text.rindex("if", 0, start)
        between = module.text[word_at + 2 : start]
        if not between.strip():
            blank = len(module.text[:word_at].rstrip(" "))
            yield site.splice((blank, end), "", f"the filter `if {module.segment(node)}` is dropped")


def condition_add(site: Site) -> Iterator[Candidate]:
    """`a and b` or `a or b` for `a`, with names and conditions used for their truth in the same function."""
    node, module = site.node, site.module
    if not isinstance(node, ast.expr) or not is_condition(site, node) or isinstance(module.parent(node), ast.BoolOp):
        return
    own = module.segment(node)
    as_and, as_or = site.operand(node, AND), site.operand(node, OR)
    for part in _parts(module, node):
        if part == own:
            continue
        opposite = part[4:] if part.startswith("not ") else f"not {part}"
        yield site.replace(node, f"{as_and} and {part}", AND)
        yield site.replace(node, f"{as_or} or {part}", OR, 0.8)
        if " " not in part or part.startswith("not "):
            yield site.replace(node, f"{as_and} and {opposite}", AND, 0.7)
            yield site.replace(node, f"{as_or} or {opposite}", OR, 0.7)


def filter_add(site: Site) -> Iterator[Candidate]:
    """`for x in y if x` and `for x in y if x is not None` for `for x in y`, in a comprehension."""
    node, module = site.node, site.module
    if not isinstance(node, COMPREHENSIONS) or node.generators[-1].ifs:
        return
    loop = node.generators[-1]
    at = module.outer_span(loop.iter)[1]
    stored = [part for part in ast.walk(loop.target) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
    for name in [part.id for part in stored if part.id != "_"]:
        for asked in (name, f"{name} is not None"):
            yield site.splice((at, at), f" if {asked}", f"the filter `if {asked}` is added")


def condition_constant(site: Site) -> Iterator[Candidate]:
    """`True` or `False` for a whole condition."""
    node = site.node
    if not isinstance(node, ast.expr) or not is_condition(site, node) or isinstance(node, ast.Constant):
        return
    for text in ("True", "False"):
        yield site.replace(node, text)


def _parts(module: Module, node: ast.expr) -> list[str]:
    """Return up to five short conditions seen in the function, whose names are all bound here."""
    scope: ast.AST = module.function_of(node) or module.tree
    bound = bound_names(module, node)
    taken = names_in(node)
    found: dict[str, None] = {}
    for other in ast.walk(scope):
        if not isinstance(other, _TESTS) or other.test is node or not module.field(other.test):
            continue
        for part in other.test.values if isinstance(other.test, ast.BoolOp) else [other.test]:
            if _is_short(module, part) and names_in(part) <= bound:
                found[module.segment(part)] = None
    for binding in module.names(node):
        if binding.kind is Kind.PARAMETER and binding.name not in {"self", "cls", *taken}:
            found[binding.name] = None
    return list(found)[:_PARTS_MAX]


def _is_short(module: Module, part: ast.expr) -> bool:
    text = module.segment(part)
    plain = not any(isinstance(inner, (ast.NamedExpr, ast.Lambda, ast.Await, ast.Yield)) for inner in ast.walk(part))
    return plain and len(text) <= 40 and "\n" not in text and level(part) > OR
