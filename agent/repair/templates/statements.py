"""A statement is too much, or stands in the wrong place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site, quoted
from agent.repair.source import COMPOUND, FUNCTIONS, Module

_FIXED = (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass)

_BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith)


def deletion(site: Site) -> Iterator[Candidate]:
    """No statement at all."""
    node, module = site.node, site.module
    if not isinstance(node, ast.stmt) or isinstance(node, (*_FIXED, *COMPOUND)) or module.links.binds_outside(node):
        return
    lines = module.line_range(node)
    said = f"{quoted(module.segment(node))} is removed"
    if lines is None or len(module.siblings(node)) == 1:
        yield site.splice(module.span(node), "pass", said)
    else:
        yield site.splice(lines, "", said)


def move(site: Site) -> Iterator[Candidate]:
    """The statement and the next one change places."""
    node, module = site.node, site.module
    block = module.siblings(node)
    if not isinstance(node, ast.stmt) or node not in block or node is block[-1]:
        return
    following = block[block.index(node) + 1]
    first, second = module.line_range(node), module.line_range(following)
    if first is None or second is None or isinstance(node, _FIXED) or isinstance(following, _FIXED):
        return
    if module.text[first[1] : second[0]].strip() or _is_docstring(node) or ast.dump(node) == ast.dump(following):
        return
    text = module.text
    moved = text[slice(*second)]
    end = "" if moved.endswith(("\n", "\r")) else module.newline
    between = text[first[1] : second[0]]
    swapped = f"{moved}{end}{between}{text[slice(*first)]}"
    if end:
        swapped = swapped.rstrip("\r\n")
    said = f"{quoted(_head(module, node))} moves below {quoted(_head(module, following))}"
    yield site.splice((first[0], second[1]), swapped, said)


def leave_block(site: Site) -> Iterator[Candidate]:
    """The last statement of a loop or branch comes after it instead."""
    node, module = site.node, site.module
    holder = module.parent(node)
    if not isinstance(node, ast.stmt) or isinstance(node, (*_FIXED, *COMPOUND)) or not isinstance(holder, _BLOCKS):
        return
    if len(module.siblings(node)) < 2 or holder.end_lineno != node.end_lineno:
        return
    outer = module.indentation(holder)
    if outer is not None:
        yield from _reindented(site, node, outer, "comes after the block")


def enter_block(site: Site) -> Iterator[Candidate]:
    """The statement after a loop or branch becomes its last one."""
    node, module = site.node, site.module
    block = module.siblings(node)
    if not isinstance(node, ast.stmt) or isinstance(node, (*_FIXED, *COMPOUND)) or node not in block[1:]:
        return
    before = block[block.index(node) - 1]
    last = _last_statement(before)
    inner = module.indentation(last) if last is not None else None
    if inner is not None:
        yield from _reindented(site, node, inner, "moves into the block above")


def _reindented(site: Site, node: ast.stmt, indent: str, said: str) -> Iterator[Candidate]:
    """Give a statement of one line another indentation."""
    lines, own = site.module.line_range(node), site.module.indentation(node)
    if lines is not None and own is not None and node.lineno == node.end_lineno:
        sentence = f"{quoted(site.module.segment(node))} {said}"
        yield site.splice(lines, indent + site.module.text[lines[0] + len(own) : lines[1]], sentence)


def _last_statement(holder: ast.stmt) -> ast.stmt | None:
    """Return the last statement of the last block of a loop, branch or with."""
    if not isinstance(holder, _BLOCKS):
        return None
    orelse = getattr(holder, "orelse", [])
    last = (orelse or holder.body)[-1]
    nested = isinstance(holder, ast.If) and len(orelse) == 1 and isinstance(last, ast.If)
    deeper = _last_statement(last) if nested else None
    return deeper or (None if isinstance(last, COMPOUND) else last)


def _head(module: Module, node: ast.stmt) -> str:
    return module.segment(node).splitlines()[0]


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
