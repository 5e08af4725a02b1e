"""A loop or function is left in the wrong way, or a branch is taken once instead of again."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site
from agent.repair.source import LOOPS


def jump(site: Site) -> Iterator[Candidate]:
    """`break` for `continue`, `return` for `break` and the like."""
    node, module = site.node, site.module
    if not isinstance(node, (ast.Break, ast.Continue, ast.Return, ast.Pass)):
        return
    own = module.segment(node)
    if own not in {"break", "continue", "return", "pass"}:
        return
    words = ["break", "continue"] if module.loop_of(node) else []
    if module.function_of(node):
        words.append("return")
    for word in words:
        if word != own:
            yield site.splice(module.span(node), word)
    if own != "pass":
        yield site.splice(module.span(node), "pass", weight=0.5)


def returned_jump(site: Site) -> Iterator[Candidate]:
    """`continue` or `break` for a `return` with a value inside a loop, and `yield` for `return`."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Return) or node.value is None or module.loop_of(node) is None:
        return
    for word in ("continue", "break"):
        yield site.splice(module.span(node), word)


def repetition(site: Site) -> Iterator[Candidate]:
    """`while` for `if`, `if` for `while`."""
    node, module = site.node, site.module
    start = module.span(node)[0]
    if isinstance(node, ast.If) and not node.orelse and module.text.startswith("if", start):
        yield site.splice((start, start + 2), "while")
    elif isinstance(node, ast.While) and not node.orelse and not _leaves(node):
        yield site.splice((start, start + 5), "if")
    elif isinstance(node, ast.If) and module.text.startswith("elif", start):
        yield site.splice((start, start + 4), "if", weight=0.7)


def _leaves(loop: ast.While) -> bool:
    """Tell whether a break or continue of this loop would be left without one."""
    stack: list[ast.AST] = [*loop.body]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Break, ast.Continue)):
            return True
        if not isinstance(node, LOOPS):
            stack.extend(ast.iter_child_nodes(node))
    return False
