"""A value is handed back instead of kept, an element is lost, or the object stands where a part of it is meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site, quoted
from agent.repair.ingredients import local_names, names_in, unbound, unread
from agent.repair.source import own_code
from agent.repair.templates.attributes import class_attributes

_NAMES_MAX = 8
_ATTRIBUTES_MAX = 12
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.Try, ast.ExceptHandler)


def kept_value(site: Site) -> Iterator[Candidate]:
    """`name = value` for a `return value` in a loop or branch; names that are read and never bound come first."""
    node, module = site.node, site.module
    function = module.function_of(node)
    if not isinstance(node, ast.Return) or node.value is None or function is None:
        return
    if not isinstance(module.parent(node), _BLOCKS):
        return
    start, end = module.span(node)[0], module.span(node.value)[0]
    texts = dict.fromkeys(unbound(module, function), 1.0)
    later = [inner for inner in own_code(function) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)]
    later = [inner for inner in later if inner.lineno > node.lineno]
    bound = module.links.bindings[function]
    texts |= {inner.id: 0.7 for inner in later if inner.id in bound and inner.id not in texts}
    texts |= {name: 0.4 for name in local_names(module, node) if name not in texts}
    texts.pop("self", None)
    for text, weight in list(texts.items())[: site.most(_NAMES_MAX)]:
        said = f"`return` becomes `{text} =`"
        yield site.splice((start, end), f"{text} = ", said, weight)


def element_add(site: Site) -> Iterator[Candidate]:
    """One more element in a written-out tuple, list or set: a name that nothing reads, or one in scope."""
    node, module = site.node, site.module
    if not isinstance(node, (ast.Tuple, ast.List, ast.Set)) or len(node.elts) < 2:
        return
    function = module.function_of(node)
    if function is None:
        return
    at = module.span(node.elts[-1])[1]
    is_target = isinstance(getattr(node, "ctx", None), ast.Store)
    names = dict.fromkeys((unbound if is_target else unread)(module, function), 1.0)
    names |= {name: 0.4 for name in local_names(module, node)[: site.most(_NAMES_MAX)] if name not in names}
    used = names_in(node)
    if is_target:
        names.setdefault("_", 0.4)
    for name, weight in names.items():
        if name not in used:
            yield site.splice((at, at), f", {name}", f"{quoted(name)} is added at the end", weight)


def attribute_of_self(site: Site) -> Iterator[Candidate]:
    """`self.x` for `self`: the object stands where one of its attributes is meant."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Name) or node.id not in {"self", "cls"} or not isinstance(node.ctx, ast.Load):
        return
    for name in class_attributes(module, node)[: site.most(_ATTRIBUTES_MAX)]:
        yield site.replace(node, f"{node.id}.{name}")
