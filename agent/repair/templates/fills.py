"""Something is missing where nothing is done: a way out, a call, an update, an error, the parent's method."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.bindings import parameters
from agent.repair.candidate import Candidate, Site, quoted
from agent.repair.ingredients import local_names, nearby, statements
from agent.repair.source import FUNCTIONS, is_generator

_NAMES_MAX = 6
_MINED_MAX = 30
_CONSTANTS = ("None", "True", "False", "0", '""', "[]", "{}")


def fill(site: Site) -> Iterator[Candidate]:
    """For `pass`: a `raise`, the parent's method, a `return` of a name or constant, or a statement of the same file."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Pass):
        return
    seen: set[str] = set()
    for text, weight in _statements(site):
        if text not in seen:
            seen.add(text)
            said = f"{quoted(text)} comes in place of `pass`"
            yield site.splice(module.span(node), text, said, weight)


def _statements(site: Site) -> Iterator[tuple[str, float]]:
    node, module = site.node, site.module
    function = module.function_of(node)
    if _handles_an_error(site):
        yield "raise", 1.0
    if function is None:
        return
    yield from ((call, 0.8) for call in _parents_method(site, function))
    mined = [(piece, near) for piece, near in nearby(module, node, statements(module)) if _fits(piece.node, function)]
    yield from ((piece.text, near) for piece, near in mined[:_MINED_MAX])
    if is_generator(function):
        return
    own = local_names(module, node)
    yield from ((f"return {text}", 0.5) for text in [*own[:_NAMES_MAX], *_CONSTANTS])
    yield from ((f"return [{name}]", 0.2) for name in own[:2])


def _handles_an_error(site: Site) -> bool:
    holder = site.module.parent(site.node)
    while holder is not None and not isinstance(holder, (*FUNCTIONS, ast.ExceptHandler)):
        holder = site.module.parent(holder)
    return isinstance(holder, ast.ExceptHandler)


def _fits(statement: ast.AST, function: ast.AST) -> bool:
    return not (isinstance(statement, ast.Return) and statement.value is not None and is_generator(function))


def _parents_method(site: Site, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """`super().method(…)` with all parameters, with none, and with the first ones."""
    owner = site.module.parent(function)
    if not isinstance(owner, ast.ClassDef) or not owner.bases or not function.args.args:
        return
    arguments = function.args
    stars = {arguments.vararg: "*", arguments.kwarg: "**"}
    named = [f"{arg.arg}={arg.arg}" if arg in arguments.kwonlyargs else f"{stars.get(arg, '')}{arg.arg}"
             for arg in parameters(arguments)][1:]  # fmt: skip
    awaited = "await " if isinstance(function, FUNCTIONS[1]) else ""
    starred = [text for text in named if text.startswith("*")]
    for passed in (named, *(named[:count] for count in range(1, len(named))), [*named[:1], *starred], starred, []):
        yield f"{awaited}super().{function.name}({', '.join(passed)})"
