"""A value needs one more call around it, or one less."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site
from agent.repair.precedence import ATOM, level
from agent.repair.source import Module

_WRAPS: dict[type[ast.AST], str] = {
    ast.Return: "sorted({}) list({}) str({}) int({}) abs({}) len({}) set({}) tuple({}) dict({}) {}.strip() {}.copy()",
    ast.Assign: "sorted({}) list({}) str({}) int({}) abs({}) len({}) set({}) tuple({}) {}.strip() {}.copy() {}.lower()",
    ast.Call: "str({}) list({}) int({}) len({}) sorted({}) abs({}) {}.strip() {}.copy() {}.lower() {}.items()",
    ast.keyword: "str({}) list({}) int({}) sorted({}) {}.copy()",
    ast.Compare: "len({}) abs({}) {}.lower() {}.upper() {}.strip() str({}) int({}) set({}) sorted({})",
    ast.BinOp: "str({}) int({}) abs({}) len({}) list({}) float({}) {}.strip()",
    ast.Tuple: "str({}) int({}) {}.copy() {}.strip()",
    ast.List: "str({}) int({}) {}.copy() {}.strip()",
    ast.ListComp: "str({}) int({}) {}.strip() {}.lower()",
}
_ITERATED = "enumerate({}) reversed({}) sorted({}) list({}) set({}) {}.items() {}.values() {}[1:] {}[:-1]"
_COLLECTED: dict[type[ast.AST], str] = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}
_VALUES = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)


def wrap(site: Site) -> Iterator[Candidate]:
    """`sorted(x)`, `x.strip()` and the like for `x`."""
    node, module = site.node, site.module
    if not isinstance(node, _VALUES) or not _is_read(node):
        return
    own = module.segment(node)
    for form in _forms(module, node):
        head, _, tail = form.partition("{}")
        if not (head and own.startswith(head)) and not (tail[0] == "." and own.endswith(tail)):
            yield site.replace(node, form.format(own))


def wrap_iterable(site: Site) -> Iterator[Candidate]:
    """`enumerate(x)`, `x.items()`, `x[1:]` and the like for a looped-over `x`."""
    node, module = site.node, site.module
    if not isinstance(node, _VALUES) or module.field(node) != "iter":
        return
    own = module.segment(node)
    for form in _ITERATED.split():
        yield site.replace(node, form.format(own))


def collected(site: Site) -> Iterator[Candidate]:
    """`list(x)` for `[x]`, `[x]` for `list(x)`, and the like."""
    node, module = site.node, site.module
    match node:
        case ast.List(elts=[value]) | ast.Tuple(elts=[value]) | ast.Set(elts=[value]) if _is_read(node):
            if not isinstance(value, ast.Starred | ast.Constant):
                yield site.replace(node, f"{_COLLECTED[type(node)]}({module.segment(value)})")
        case ast.Call(func=ast.Name(id="list"), args=[ast.expr() as value], keywords=[]):
            yield site.replace(node, f"[{module.segment(value)}]")
        case ast.Call(func=ast.Name(id="tuple"), args=[ast.expr() as value], keywords=[]):
            yield site.replace(node, f"({module.segment(value)},)")


def at_least(site: Site) -> Iterator[Candidate]:
    """`max(0, a - b)` for `a - b`."""
    node = site.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        yield site.replace(node, f"max(0, {site.module.segment(node)})")


def unwrap(site: Site) -> Iterator[Candidate]:
    """`x` for `f(x)`, `x` for `x.method()`."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Call) or isinstance(module.parent(node), ast.Expr) or node.keywords:
        return
    if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
        yield site.replace(node, module.segment(node.args[0]), level(node.args[0]))
    if isinstance(node.func, ast.Attribute):
        yield site.replace(node, site.operand(node.func.value, ATOM))


def _is_read(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _forms(module: Module, node: ast.expr) -> list[str]:
    """Return the calls to try around a whole value: returned, assigned, passed, compared, added or collected."""
    parent = module.parent(node)
    if parent is None or module.field(node) == "func":
        return []
    return _WRAPS.get(type(parent), "").split()
