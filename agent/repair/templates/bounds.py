"""An index, slice, range or length is one off."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site
from agent.repair.precedence import ATOM, SUM, UNARY, level

_INDEXES = (ast.Name, ast.Attribute, ast.Call, ast.BinOp, ast.UnaryOp, ast.Constant)
_NUMERIC = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv)


def index(site: Site) -> Iterator[Candidate]:
    """`x[i + 1]` or `x[i - 1]` for `x[i]`; the last element for the first."""
    node = site.node
    if not isinstance(node, ast.Subscript) or not _is_whole_number(node.slice):
        return
    yield from _shifts(site, node.slice)
    text = site.module.segment(node.slice)
    for end in ("0", "-1"):
        if text != end:
            yield site.replace(node.slice, end, ATOM if end == "0" else UNARY, 0.5)


def slice_bound(site: Site) -> Iterator[Candidate]:
    """`x[:n - 1]`, `x[n:]` or `x[:]` for `x[:n]`; `x[1:]` or `x[:-1]` for a whole slice."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Slice):
        return
    for bound in (node.lower, node.upper, node.step):
        if bound is not None:
            yield from _shifts(site, bound)
    lower, upper, step = (module.segment(part) if part else "" for part in (node.lower, node.upper, node.step))
    forms = [(upper, lower, step), ("", upper, step), (lower, "", step), ("1", upper, step), (lower, "-1", step)]
    forms += {("", "-1"): [("1", "", step)], ("1", ""): [("", "-1", step)]}.get((lower, upper), [])
    forms += [(lower, upper, "" if step else "-1"), (lower, upper, step.removeprefix("-") if step[:1] == "-" else "")]
    for form in dict.fromkeys(forms):
        if form != (lower, upper, step):
            yield site.splice(module.span(node), f"{form[0]}:{form[1]}{':' * bool(form[2])}{form[2]}", weight=0.4)


def range_bound(site: Site) -> Iterator[Candidate]:
    """`range(n + 1)`, `range(1, n)` and the like for `range(n)`."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Call) or not node.args or module.segment(node.func) != "range":
        return
    for bound in reversed(node.args[:2]):
        yield from _shifts(site, bound)
    if len(node.args) == 1:
        stop = module.segment(node.args[0])
        yield site.replace(node, f"range(1, {stop})", weight=0.7)
        shifted, _ = _shifted(site, node.args[0], 1)
        yield site.replace(node, f"range(1, {shifted})", weight=0.6)
        yield site.replace(node, f"range({stop} - 1, -1, -1)", weight=0.3)
    elif len(node.args) == 2:
        start, stop = (module.segment(arg) for arg in node.args)
        yield site.replace(node, f"range({stop})", weight=0.3)
        yield site.replace(node, f"range({start}, {stop}, -1)", weight=0.2)


def length(site: Site) -> Iterator[Candidate]:
    """`len(x) - 1` or `len(x) + 1` for `len(x)`."""
    node = site.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
        yield from _shifts(site, node)


def offset(site: Site) -> Iterator[Candidate]:
    """One more or less in an operand of a comparison, a returned or assigned sum, or a numeric argument."""
    node = site.node
    if not isinstance(node, ast.expr):
        return
    parent, field = site.module.parent(node), site.module.field(node)
    sum_like = isinstance(node, ast.BinOp) and isinstance(node.op, _NUMERIC) and not _has_text(node)
    compared = isinstance(parent, ast.Compare) and isinstance(parent.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE))
    plain = isinstance(node, (ast.Name, ast.Attribute, ast.Call))
    if (compared and (plain or sum_like)) or (sum_like and field in {"value", "args", "slice"}):
        yield from _shifts(site, node)
    elif isinstance(parent, ast.Return) and isinstance(node, (ast.Name, ast.Call)):
        yield from _shifts(site, node, 0.3)
    elif plain and (_is_factor(parent) or _is_negated(parent)):
        yield from _shifts(site, node, 0.2)


def _is_factor(parent: ast.AST | None) -> bool:
    """Tell whether a node's parent multiplies or divides numbers: `%` may fill a text in, too."""
    return (
        isinstance(parent, ast.BinOp)
        and isinstance(parent.op, (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod))
        and not _has_text(parent)
    )


def _is_negated(parent: ast.AST | None) -> bool:
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.USub)


def _shifts(site: Site, node: ast.expr, weight: float = 1.0) -> Iterator[Candidate]:
    if not isinstance(node, _INDEXES):
        return
    for delta in (1, -1):
        text, binding = _shifted(site, node, delta)
        yield site.replace(node, text, binding, weight)


def _shifted(site: Site, node: ast.expr, delta: int) -> tuple[str, int]:
    """Return a number one more or less, folded into a constant that is there, and how tightly it binds."""
    number = _constant(node)
    if number is not None:
        return str(number + delta), ATOM if number + delta >= 0 else UNARY
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        last = _constant(node.right)
        signed = last if last is None or isinstance(node.op, ast.Add) else -last
        if signed is not None:
            return _sum(site, node.left, signed + delta)
    return _sum(site, node, delta)


def _sum(site: Site, node: ast.expr, addend: int) -> tuple[str, int]:
    if addend == 0:
        return site.module.segment(node), level(node)
    return f"{site.operand(node, SUM)} {'+' if addend > 0 else '-'} {abs(addend)}", SUM


def _constant(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _constant(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def _is_whole_number(node: ast.expr) -> bool:
    """Tell whether an index can be a position: no string, slice or tuple."""
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    return isinstance(node, _INDEXES) and not _has_text(node)


def _has_text(node: ast.expr) -> bool:
    return any(
        isinstance(inner, ast.JoinedStr) or (isinstance(inner, ast.Constant) and isinstance(inner.value, (str, bytes)))
        for inner in ast.walk(node)
    )
