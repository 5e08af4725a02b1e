"""Which names are bound where: parents, scopes and bindings of a syntax tree, collected in one walk."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BINDERS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
# These objects are shared between nodes, so they have no one parent.
_SHARED = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)


class Kind(Enum):
    """What a name was bound by."""

    PARAMETER = "parameter"
    VARIABLE = "variable"
    FUNCTION = "function"
    CLASS = "class"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Binding:
    """The first binding of a name in a scope; position is (line, column in bytes)."""

    name: str
    kind: Kind
    node: ast.AST
    position: tuple[int, int]
    scope: ast.AST


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Parent, field and scope of every node, and the bindings of every scope, all in source order."""

    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    fields: dict[ast.AST, str] = field(default_factory=dict)
    scopes: dict[ast.AST, ast.AST] = field(default_factory=dict)
    bindings: dict[ast.AST, dict[str, Binding]] = field(default_factory=dict)
    declared: dict[tuple[ast.AST, str], tuple[int, int]] = field(default_factory=dict)  # by global and nonlocal

    def binds_outside(self, node: ast.AST) -> bool:
        """Tell whether some function declares a name the node binds: without this binding it may not compile."""
        names = {name for _, name in self.declared}
        bound = (inner for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store))
        return bool(names) and any(name.id in names for name in bound)


def collect_links(tree: ast.Module) -> Links:
    """Walk the tree once, parents before children."""
    links = Links()
    links.bindings[tree] = {}
    stack: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while stack:
        node, scope = stack.pop()
        if node is not tree:
            links.scopes[node] = scope
        _bind(links, node, scope)
        if isinstance(node, (*_FUNCTIONS, *COMPREHENSIONS, ast.ClassDef)):
            links.bindings.setdefault(node, {})
        children = []
        for name, child in _children(node):
            links.parents[child] = node
            links.fields[child] = name
            children.append((child, _scope_of_child(links, node, name, scope)))
        stack.extend(reversed(children))
    return _in_order(links)


def visible(links: Links, node: ast.AST) -> list[Binding]:
    """Return the bindings a load at this node may see, nearest scope first and each scope in source order."""
    position: tuple[int, int] = (node.lineno, node.col_offset)  # type: ignore[attr-defined]
    innermost = scope = links.scopes[node]
    # Up to the nearest function, the code runs where it stands; the scopes outside it are complete by then.
    runs_in_place = True
    found: dict[str, Binding] = {}
    while True:
        hidden = isinstance(scope, ast.ClassDef) and scope is not innermost
        for binding in () if hidden else links.bindings[scope].values():
            if binding.name in found or _declared_later(links, binding.name, node, position):
                continue
            if runs_in_place and not _bound_before(links, binding, node, position):
                continue
            found[binding.name] = binding
        if isinstance(scope, ast.Module):
            return list(found.values())
        runs_in_place = runs_in_place and not isinstance(scope, _FUNCTIONS)
        scope = links.scopes[scope]


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, ast.AST) and not isinstance(child, _SHARED):
                yield name, child


def _scope_of_child(links: Links, node: ast.AST, name: str, scope: ast.AST) -> ast.AST:
    """Return the scope a child is evaluated in; defaults, decorators and a first iterable belong outside."""
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and name == "body":
        return node
    if isinstance(node, COMPREHENSIONS):
        return node
    if isinstance(node, ast.comprehension) and name == "iter":
        whole = links.parents[node]
        first = isinstance(whole, COMPREHENSIONS) and whole.generators[0] is node
        return links.scopes[whole] if first else scope
    return scope


def _bind(links: Links, node: ast.AST, scope: ast.AST) -> None:
    """Record what the node binds in its scope."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            _add(links, name, Kind.VARIABLE, node, scope)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            _add(links, name, Kind.FUNCTION, node, scope)
            _bind_parameters(links, node, node.args)
        case ast.Lambda():
            _bind_parameters(links, node, node.args)
        case ast.ClassDef(name=name):
            _add(links, name, Kind.CLASS, node, scope)
        case ast.alias(name=name, asname=asname):
            _add(links, asname or name.partition(".")[0], Kind.IMPORT, node, scope)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            _add(links, name, Kind.VARIABLE, node, scope)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            for name in names:
                links.declared[scope, name] = (node.lineno, node.col_offset)


def _bind_parameters(links: Links, function: ast.AST, args: ast.arguments) -> None:
    for arg in parameters(args):
        _add(links, arg.arg, Kind.PARAMETER, arg, function)


def parameters(args: ast.arguments) -> list[ast.arg]:
    """Return all parameters in source order."""
    star = [args.vararg] if args.vararg else []
    double_star = [args.kwarg] if args.kwarg else []
    return [*args.posonlyargs, *args.args, *star, *args.kwonlyargs, *double_star]


def _add(links: Links, name: str, kind: Kind, node: ast.AST, scope: ast.AST) -> None:
    if not name.isidentifier():
        return
    position: tuple[int, int] = (node.lineno, node.col_offset)  # type: ignore[attr-defined]
    scoped = links.bindings.setdefault(scope, {})
    if name not in scoped or position < scoped[name].position:
        scoped[name] = Binding(name, kind, node, position, scope)


def _in_order(links: Links) -> Links:
    for scope, scoped in links.bindings.items():
        ordered = sorted(scoped.values(), key=lambda binding: binding.position)
        links.bindings[scope] = {binding.name: binding for binding in ordered}
    return links


def _declared_later(links: Links, name: str, node: ast.AST, position: tuple[int, int]) -> bool:
    """Tell whether a global or nonlocal statement for the name follows: a load before it does not compile."""
    scope = links.scopes[node]
    while isinstance(scope, COMPREHENSIONS):
        scope = links.scopes[scope]
    return links.declared.get((scope, name), position) > position


def _bound_before(links: Links, binding: Binding, node: ast.AST, position: tuple[int, int]) -> bool:
    """Tell whether the name can have a value here: a parameter, bound earlier, or bound in a loop around both."""
    if binding.kind is Kind.PARAMETER or isinstance(binding.scope, COMPREHENSIONS):
        return True
    holder = _climb(links, binding.node, ast.stmt)
    if binding.position < position and not _being_bound(links, holder, node):
        return True
    loop = _climb(links, links.parents.get(holder) if holder else None, _LOOPS)
    return loop is not None and _is_within(links, node, loop)


def _being_bound(links: Links, holder: ast.AST | None, node: ast.AST) -> bool:
    """Tell whether the node computes the very value that the binding statement binds."""
    if isinstance(holder, (ast.For, ast.AsyncFor)):
        return _is_within(links, node, holder.iter)
    return isinstance(holder, _BINDERS) and _is_within(links, node, holder)


def _is_within(links: Links, node: ast.AST, holder: ast.AST) -> bool:
    inside: ast.AST | None = node
    while inside is not None and inside is not holder:
        inside = links.parents.get(inside)
    return inside is not None


def _climb(links: Links, node: ast.AST | None, kinds: type[ast.AST] | tuple[type[ast.AST], ...]) -> ast.AST | None:
    """Return the node or its nearest ancestor of these kinds."""
    while node is not None and not isinstance(node, kinds):
        node = links.parents.get(node)
    return node
