"""A parameter has the wrong default, or should have one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site

_DEFAULTS = ("None", "True", "False", "0", "1", '""', "()")


def default_change(site: Site) -> Iterator[Candidate]:
    """Another plain default for a parameter; numbers one off are left to the constants."""
    node, module = site.node, site.module
    if not isinstance(node, ast.expr) or module.field(node) not in {"defaults", "kw_defaults"}:
        return
    own = module.segment(node).replace("''", '""')
    for text in _DEFAULTS:
        if text != own:
            yield site.replace(node, text)


def default_add(site: Site) -> Iterator[Candidate]:
    """A default for the last parameter that has none."""
    node, module = site.node, site.module
    if not isinstance(node, ast.arg) or node is not _last_without_default(module.parent(node)):
        return
    end = module.span(node)[1]
    sign = " = " if node.annotation else "="
    for text in _DEFAULTS:
        yield site.splice((end, end), f"{sign}{text}", f"`{node.arg}` gets the default `{text}`")


def _last_without_default(args: ast.AST | None) -> ast.arg | None:
    """Return the last positional parameter without a default."""
    if not isinstance(args, ast.arguments):
        return None
    positional = [*args.posonlyargs, *args.args]
    bare = positional[: len(positional) - len(args.defaults)]
    return bare[-1] if bare and bare[-1].arg not in {"self", "cls"} else None
