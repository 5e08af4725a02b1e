"""A condition forgets to ask something plain: whether a value is there, of what class it is, whether it is positive."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from agent.repair.bindings import Kind
from agent.repair.candidate import Candidate, Site
from agent.repair.ingredients import local_names, visible_names
from agent.repair.precedence import AND, OR
from agent.repair.source import Module
from agent.repair.templates.attributes import class_attributes
from agent.repair.templates.boolean import is_condition

_SUBJECTS_MAX = 6
_KINDS_MAX = 2


def asked(site: Site) -> Iterator[Candidate]:
    """`a and b` or `a or b` for a condition `a`, with a question `b` about a name or an attribute of `self`."""
    node, module = site.node, site.module
    if not isinstance(node, ast.expr) or isinstance(node, ast.Constant) or not is_condition(site, node):
        return
    if isinstance(module.parent(node), ast.BoolOp):
        return
    said, bound = _said(module, node), _bound(module, node)
    as_and, as_or = site.operand(node, AND), site.operand(node, OR)
    known = visible_names(module, node)
    kinds = [kind for kind in _kinds(module) if kind.partition(".")[0] in known][:_KINDS_MAX]
    for subject in _subjects(module, node, bound)[:_SUBJECTS_MAX]:
        truth = [subject, f"not {subject}"] if "." in subject else []  # that of names is another template's
        classes = [f"{no}isinstance({subject}, {kind})" for kind in kinds for no in ("", "not ")]
        for question in (*truth, f"{subject} is not None", f"{subject} is None", *classes, f"{subject} > 0"):
            if question not in said:
                yield site.replace(node, f"{as_and} and {question}", AND)
                yield site.replace(node, f"{as_or} or {question}", OR)


def asked_below(site: Site) -> Iterator[Candidate]:
    """`x.y and a` for a condition `a`, where the code that it leads to reads `x.y`, which may have to be there."""
    node, module = site.node, site.module
    if not isinstance(node, ast.expr) or module.field(node) != "test" or isinstance(node, ast.Constant):
        return
    own, said = site.operand(node, AND), _said(module, node)
    for subject in _used(module, node, _bound(module, node))[:_SUBJECTS_MAX]:
        if subject not in said:
            yield site.replace(node, f"{subject} and {own}", AND)
            yield site.replace(node, f"{subject} is not None and {own}", AND, 0.5)


def _said(module: Module, node: ast.expr) -> set[str]:
    """All parts of a condition as they are written."""
    return {module.segment(part) for part in ast.walk(node) if isinstance(part, ast.expr)}


def _bound(module: Module, node: ast.expr) -> set[str]:
    """The variables and parameters of the functions and comprehensions around."""
    kinds = (Kind.PARAMETER, Kind.VARIABLE)
    return {b.name for b in module.names(node) if b.kind in kinds and not isinstance(b.scope, ast.Module)}


def _subjects(module: Module, node: ast.expr, bound: set[str]) -> list[str]:
    """What can be asked about: names the condition reads, attributes of `self`, then other names."""
    read = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and inner.id in bound - {"self", "cls"}]
    owner = next((name for name in ("self", "cls") if name in bound), None)
    owned = [f"{owner}.{name}" for name in class_attributes(module, node)] if owner else []
    return list(dict.fromkeys([*read, *owned[: _SUBJECTS_MAX // 2], *local_names(module, node)]))


def _used(module: Module, node: ast.expr, bound: set[str]) -> list[str]:
    """Attributes of bound names that are read where the condition holds, each once."""
    body = getattr(module.parent(node), "body", [])
    found = [inner for part in (body if isinstance(body, list) else [body]) for inner in ast.walk(part)]
    read = [inner for inner in found if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Load)]
    own = [inner for inner in read if isinstance(inner.value, ast.Name) and inner.value.id in bound]
    return list(dict.fromkeys(module.segment(inner) for inner in own if module.field(inner) != "func"))


@lru_cache(maxsize=8)
def _kinds(module: Module) -> tuple[str, ...]:
    """Classes that the file asks for with `isinstance`, the commonest first."""
    counted: Counter[str] = Counter()
    for node in module.nodes:
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.Name() | ast.Attribute() as kind]):
                counted[module.segment(kind)] += 1
    return tuple(kind for kind, _ in counted.most_common())
