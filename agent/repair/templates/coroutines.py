"""An `await` or `yield from` is missing or too much."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site
from agent.repair.precedence import AWAIT, level


def awaiting(site: Site) -> Iterator[Candidate]:
    """`await f()` for `f()` in a coroutine, and the other way round."""
    node, module = site.node, site.module
    if isinstance(node, ast.Await):
        yield site.replace(node, module.segment(node.value), level(node.value), 0.5)
        return
    in_coroutine = isinstance(module.links.scopes[node], ast.AsyncFunctionDef)
    if in_coroutine and isinstance(node, ast.Call) and not isinstance(module.parent(node), ast.Await):
        yield site.replace(node, f"await {module.segment(node)}", AWAIT)


def yielding(site: Site) -> Iterator[Candidate]:
    """`yield from x` for `yield x`, and the other way round."""
    node, module = site.node, site.module
    if not isinstance(node, (ast.Yield, ast.YieldFrom)) or isinstance(module.function_of(node), ast.AsyncFunctionDef):
        return
    start = module.span(node)[0]
    if isinstance(node, ast.YieldFrom):
        end = module.text.index("from", start) + len("from")
        yield site.splice((start, end), "yield", "`yield from` becomes `yield`")
    elif node.value is not None and not isinstance(node.value, ast.Tuple):
        end = start + len("yield")
        yield site.splice((end, end), " from", "`yield` becomes `yield from`")
