"""A name in scope is used where another one is meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.bindings import Binding, Kind
from agent.repair.candidate import Candidate, Site

_LOCAL_MAX = 14
_GLOBAL_MAX = 4
_ASSIGNED_MAX = 8
VALUE_KINDS = (Kind.PARAMETER, Kind.VARIABLE)


def variable(site: Site) -> Iterator[Candidate]:
    """Another parameter or variable in scope."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or node.id in {"self", "cls"}:
        return
    bindings = module.names(node)
    own = next((binding for binding in bindings if binding.name == node.id), None)
    if own is None or (own.kind not in VALUE_KINDS and not _is_argument(site)):
        return
    for name, weight in ranked(node.id, own, bindings, site.reach):
        yield site.replace(node, name, weight=weight)


def assigned_variable(site: Site) -> Iterator[Candidate]:
    """Another variable of the function as the target of a plain assignment."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Name) or not isinstance(module.parent(node), (ast.Assign, ast.AugAssign)):
        return
    if not isinstance(node.ctx, ast.Store) or module.links.binds_outside(node):
        return
    names = [binding for binding in module.names(node) if binding.scope is module.links.scopes[node]]
    own = next((binding for binding in names if binding.name == node.id), None)
    for name, weight in ranked(node.id, own, names, site.reach)[: site.most(_ASSIGNED_MAX)]:
        yield site.replace(node, name, weight=weight)


def ranked(name: str, own: Binding | None, bindings: list[Binding], reach: int = 1) -> list[tuple[str, float]]:
    """Return other variables and their weights: the scope's own first, look-alikes before the rest, both bounded."""
    others = [binding for binding in bindings if binding.name != name and binding.name not in {"self", "cls", "_"}]
    values = [binding for binding in others if binding.kind in VALUE_KINDS and not binding.name.startswith("__")]
    inner = [binding for binding in values if not isinstance(binding.scope, ast.Module)]
    outer = [binding for binding in values if isinstance(binding.scope, ast.Module)]
    if own is not None and isinstance(own.scope, ast.Module):
        inner, outer = [*outer, *inner], []
    alike = sorted(outer, key=lambda binding: -likeness(name, binding.name))
    near = sorted(inner, key=lambda binding: -likeness(name, binding.name))
    weighted = [(binding.name, 1.0) for binding in near[: reach * _LOCAL_MAX]]
    return weighted + [(binding.name, 0.3) for binding in alike[: reach * _GLOBAL_MAX]]


def likeness(one: str, two: str) -> float:
    """Return how much two names look alike, in [0, 1]: shared characters at both ends and shared words."""
    head = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    tail = next((i for i, (a, b) in enumerate(zip(reversed(one), reversed(two), strict=False)) if a != b), head)
    words = set(one.lower().split("_")) & set(two.lower().split("_"))
    return min(1.0, (head + tail) / (len(one) + len(two)) + 0.3 * len(words))


def _is_argument(site: Site) -> bool:
    return site.module.field(site.node) in {"args", "value"} and not isinstance(
        site.module.parent(site.node), (ast.Attribute, ast.Subscript)
    )
