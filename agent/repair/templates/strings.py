"""A string constant is slightly wrong: case, white space, a separator, or another one of the same function."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from agent.repair.bindings import Kind
from agent.repair.candidate import Candidate, Site
from agent.repair.source import Module

_LITERAL = re.compile(r"(?P<open>[bBuUrR]{0,2}(?P<quote>'''|\"\"\"|'|\"))(?P<body>.*)(?P=quote)", re.DOTALL)
_FIELD = re.compile(r"(?<![{\])])\{([A-Za-z_]\w*|\d?)\}(?!\})")
_OTHERS_MAX = 6
_NO_NAMES = (ast.Expr, ast.JoinedStr, ast.MatchValue, ast.MatchMapping)
_LOOK_UP = {"get", "pop", "setdefault"}
_CHANGES: tuple[Callable[[str], str], ...] = (
    str.lower,
    str.upper,
    str.capitalize,
    str.title,
    str.strip,
    lambda body: body.removesuffix("\\n") if body.endswith("\\n") else f"{body}\\n",
    lambda body: body[:-1],
    lambda body: body[1:],
    lambda body: f"{body} ",
    lambda body: f" {body}",
    lambda body: body.replace("-", "_"),
    lambda body: body.replace("_", "-"),
    lambda body: body.replace(" ", ""),
    lambda body: body.replace(",", ", "),
    lambda body: body[:-1] if body.endswith("s") else f"{body}s",
    lambda body: _FIELD.sub(r"{\1!r}", body),
)


def string(site: Site) -> Iterator[Candidate]:
    """The same string with another case, space, separator, ending, or `{!r}` for `{}`."""
    body = body_of(site)
    if body is None:
        return
    text, span = body
    if len(text) > 60 or "\n" in text:
        return
    for new in dict.fromkeys(change(text) for change in _CHANGES):
        if new != text:
            yield site.splice(span, new, f'"{text}" becomes "{new}"')


def other_string(site: Site) -> Iterator[Candidate]:
    """Another string of the same function, or one of the module that is nearly the same."""
    if body_of(site) is None:
        return
    node, module = site.node, site.module
    if not isinstance(node, ast.Constant):
        return
    function = module.function_of(node)
    like = [other for other in _literals(module) if type(other.value) is type(node.value) and other.value != node.value]
    near = [other for other in like if function and module.function_of(other) is function]
    far = [other for other in like if _alike(other.value, node.value)]  # type: ignore[arg-type]
    texts = dict.fromkeys(module.segment(other) for other in [*far, *near])
    for text in list(texts)[:_OTHERS_MAX]:
        yield site.replace(node, text)


def quoted_name(site: Site) -> Iterator[Candidate]:
    """A variable for a string that spells its name; the string for a variable that something is looked up by."""
    node, module = site.node, site.module
    match node:
        case ast.Constant(value=str(name)) if not isinstance(module.parent(node), _NO_NAMES):
            if any(b.name == name and b.kind in (Kind.PARAMETER, Kind.VARIABLE) for b in module.names(node)):
                yield site.replace(node, name)
        case ast.Name(id=name, ctx=ast.Load()):
            parent = module.parent(node)
            called = parent if isinstance(parent, ast.Call) and parent.args[:1] == [node] else None
            if module.field(node) == "slice" or getattr(called and called.func, "attr", "") in _LOOK_UP:
                yield site.replace(node, f'"{name}"')


@lru_cache(maxsize=4)
def _literals(module: Module) -> tuple[ast.Constant, ...]:
    """Return the short strings a module is written with, in source order."""
    constants = (node for node in module.nodes if isinstance(node, ast.Constant))
    return tuple(node for node in constants if isinstance(node.value, (str, bytes)) and len(node.value) <= 40)


def body_of(site: Site) -> tuple[str, tuple[int, int]] | None:
    """Return the text between the quotes and its span, for a literal of one piece without escapes."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Constant) or not isinstance(node.value, (str, bytes)):
        return None
    found = _LITERAL.fullmatch(module.segment(node))
    if found is None or found["quote"] in found["body"]:
        return None
    start = module.span(node)[0]
    body = found["body"]
    if "\\" in body and body not in {"\\n", "\\t"}:
        return None
    return body, (start + found.start("body"), start + found.end("body"))


def _alike(one: str | bytes, two: str | bytes) -> bool:
    """Tell whether two strings differ in one place only, short ones apart."""
    if min(len(one), len(two)) < 3 or abs(len(one) - len(two)) > 2:
        return False
    shared = 0
    while shared < min(len(one), len(two)) and one[shared] == two[shared]:
        shared += 1
    tail = 0
    while tail < min(len(one), len(two)) - shared and one[-1 - tail] == two[-1 - tail]:
        tail += 1
    return max(len(one), len(two)) - shared - tail <= 2
