"""The wrong attribute is read, or one too many or too few, or `self.` is missing."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from agent.repair.bindings import Kind
from agent.repair.candidate import Candidate, Site
from agent.repair.precedence import ATOM
from agent.repair.source import FUNCTIONS, Module
from agent.repair.templates.variables import likeness

_OTHERS_MAX = 10
_ADDED_MAX = 4


def attribute(site: Site) -> Iterator[Candidate]:
    """Another attribute used on the same base, or set by the class on `self`; methods are left to call targets."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Attribute) or _is_called(module, node):
        return
    others = [name for name in _attributes_of(module, node.value) if name != node.attr]
    others.sort(key=lambda name: -likeness(name, node.attr))
    end = module.span(node)[1]
    for name in others[: site.most(_OTHERS_MAX)]:
        yield site.splice((end - len(node.attr), end), name)


def attribute_drop(site: Site) -> Iterator[Candidate]:
    """`x` for `x.a`."""
    node = site.node
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load) or _is_self(node.value):
        return
    # A bare name in a pattern would bind it.
    if not isinstance(site.module.parent(node), ast.MatchValue):
        yield site.replace(node, site.operand(node.value, ATOM))


def attribute_add(site: Site) -> Iterator[Candidate]:
    """`x.a` for `x`, with attributes read from `x` elsewhere in the file."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or _is_self(node):
        return
    if isinstance(module.parent(node), ast.Attribute) or module.field(node) == "func":
        return
    for name in _attributes_of(module, node)[: site.most(_ADDED_MAX)]:
        yield site.replace(node, f"{node.id}.{name}")


def missing_self(site: Site) -> Iterator[Candidate]:
    """`self.x` for `x` where the class has an `x`, a method too, and `x` for `self.x` where a local is called so."""
    node, module = site.node, site.module
    owner = _self_name(site)
    if owner is None or isinstance(module.parent(node), ast.MatchValue):
        return
    match node:
        case ast.Name(id=name) if name in class_attributes(module, node):
            yield site.replace(node, f"{owner}.{name}")
        case ast.Name(id=name, ctx=ast.Load()) if name in _methods(module, node):
            yield site.replace(node, f"{owner}.{name}")
        case ast.Attribute(value=ast.Name(id=base), attr=name) if base == owner:
            if any(binding.name == name and binding.kind is not Kind.IMPORT for binding in module.names(node)):
                yield site.replace(node, name)


def _attributes_of(module: Module, base: ast.expr) -> list[str]:
    """Return the attributes read on this base in the file, the most frequent first."""
    if _is_self(base):
        return class_attributes(module, base)
    plain = isinstance(base, (ast.Name, ast.Attribute))
    return list(_attribute_uses(module).get(ast.unparse(base), ())) if plain else []


def class_attributes(module: Module, node: ast.AST) -> list[str]:
    """Return what the class around a node reads or sets on `self` or defines in its body, methods not."""
    owner = module.class_of(node)
    return list(_class_uses(module, owner)) if owner else []


@lru_cache(maxsize=4)
def _attribute_uses(module: Module) -> dict[str, tuple[str, ...]]:
    uses: dict[str, Counter[str]] = {}
    for node in module.nodes:
        match node:
            case ast.Attribute(value=ast.Name() | ast.Attribute() as base, attr=name) if not _is_called(module, node):
                uses.setdefault(ast.unparse(base), Counter())[name] += 1
    return {base: tuple(name for name, _ in counted.most_common()) for base, counted in uses.items()}


@lru_cache(maxsize=64)
def _class_uses(module: Module, owner: ast.ClassDef) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for node in ast.walk(owner):
        if isinstance(node, ast.Attribute) and _is_self(node.value) and not _is_called(module, node):
            names[node.attr] = None
    for statement in owner.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        names |= {target.id: None for target in targets if isinstance(target, ast.Name)}
        if isinstance(statement, FUNCTIONS) and statement.decorator_list:
            names[statement.name] = None
    return tuple(name for name in names if not (name.startswith("__") and name.endswith("__")))


def _methods(module: Module, node: ast.AST) -> set[str]:
    """The names of the methods of the class around a node."""
    owner = module.class_of(node)
    return {item.name for item in owner.body if isinstance(item, FUNCTIONS)} if owner else set()


def _self_name(site: Site) -> str | None:
    """Return the first parameter of the method around the node."""
    function = site.module.function_of(site.node)
    if function is None or not isinstance(site.module.parent(function), ast.ClassDef) or not function.args.args:
        return None
    return function.args.args[0].arg


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def _is_called(module: Module, node: ast.Attribute) -> bool:
    return module.field(node) == "func"
