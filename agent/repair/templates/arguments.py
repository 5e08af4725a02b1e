"""A call passes its arguments in the wrong order, one too many or one too few."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from agent.repair.bindings import Binding, Kind, parameters
from agent.repair.candidate import Candidate, Site, quoted
from agent.repair.ingredients import names_in
from agent.repair.source import FUNCTIONS, Module

_SWAPPED_MAX = 4
_ADDED_MAX = 4
_OPTIONS = {
    "sorted": ("reverse=True",),
    "sort": ("reverse=True",),
    "max": ("default=0", "default=None"),
    "min": ("default=0", "default=None"),
    "zip": ("strict=True",),
    "enumerate": ("start=1", "1"),
    "split": ("maxsplit=1",),
    "rsplit": ("maxsplit=1",),
    "next": ("None",),
    "getattr": ("None",),
    "sum": ("[]",),
    "splitlines": ("True",),
    "json.dumps": ("sort_keys=True", "indent=2"),
    "dumps": ("sort_keys=True",),
    "round": ("2",),
    "print": ('end=""',),
    "open": ('encoding="utf-8"',),
}
_FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef


def argument_swap(site: Site) -> Iterator[Candidate]:
    """`f(b, a)` for `f(a, b)`."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Call):
        return
    for one, two in combinations(node.args[:_SWAPPED_MAX], 2):
        first, second = module.segment(one), module.segment(two)
        if first == second or isinstance(one, ast.Starred) != isinstance(two, ast.Starred):
            continue
        (start, after_first), (before_second, end) = module.span(one), module.span(two)
        between = module.text[after_first:before_second]
        said = f"{quoted(first)} and {quoted(second)} change places"
        yield site.splice((start, end), f"{second}{between}{first}", said)


def argument_drop(site: Site) -> Iterator[Candidate]:
    """A call without one of its arguments."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Call) or _is_bare_generator(module, node):
        return
    passed = _passed(module, node)
    for position, argument in enumerate(passed):
        text = quoted(module.segment(argument))
        if len(passed) == 1:
            span = module.span(argument)
        elif position:
            span = (module.span(passed[position - 1])[1], module.span(argument)[1])
        else:
            span = (module.span(argument)[0], module.span(passed[1])[0])
        # Parentheses of their own around an argument would be torn.
        if module.text.count("(", *span) == module.text.count(")", *span):
            yield site.splice(span, "", f"the argument {text} is dropped")


def argument_add(site: Site) -> Iterator[Candidate]:
    """A call with one more argument: a missing parameter of a known function, a usual option, or a name in scope."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Call) or _is_bare_generator(module, node):
        return
    given = {keyword.arg for keyword in node.keywords}
    passed = _passed(module, node)
    at = module.span(passed[-1])[1] if passed else module.span(node)[1] - 1
    # After the last argument there may be its own closing parenthesis or a trailing comma.
    if passed and module.text[at : module.span(node)[1] - 1].strip(" \r\n\t,"):
        return
    for text, weight in _additions(site, node).items():
        name, is_keyword, _ = text.partition("=")
        if (is_keyword and name in given) or (not is_keyword and node.keywords):
            continue
        yield site.splice((at, at), f", {text}" if passed else text, f"the argument {quoted(text)} is added", weight)


def _additions(site: Site, node: ast.Call) -> dict[str, float]:
    """Return argument texts and their weights."""
    module = site.module
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    found = dict.fromkeys(_OPTIONS.get(called, ()), 0.8)
    in_scope = [b.name for b in module.names(node) if b.kind in (Kind.PARAMETER, Kind.VARIABLE)]
    names = [name for name in in_scope if name not in {"self", "cls"} and not name.startswith("__")]
    target = _defined(module).get(called)
    if target is None:
        inner = {b.name for b in module.names(node) if not isinstance(b.scope, ast.Module)}
        used = names_in(node)
        free = [name for name in names if name in inner - used]
        own = {b.name for b in module.names(node) if b.kind is Kind.PARAMETER and not _is_starred(b)}
        handed_on = [f"{name}={name}" for name in free if name in own]
        return found | dict.fromkeys(free[:_ADDED_MAX], 0.3) | dict.fromkeys(handed_on[:_ADDED_MAX], 0.3)
    missing = _missing_parameters(target, node)
    for name in missing:
        if name in names:
            found[f"{name}={name}"] = 1.0
    if missing:
        found |= dict.fromkeys(names[:_ADDED_MAX], 0.5)
        found |= {f"{missing[0]}={value}": 0.3 for value in ("True", "False", "None")}
    return found


def _is_starred(binding: Binding) -> bool:
    arguments = getattr(binding.scope, "args", None)
    return isinstance(arguments, ast.arguments) and binding.node in (arguments.vararg, arguments.kwarg)


def _missing_parameters(target: _FunctionDef, node: ast.Call) -> list[str]:
    names = [arg.arg for arg in parameters(target.args) if arg not in (target.args.vararg, target.args.kwarg)]
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    given = {keyword.arg for keyword in node.keywords}
    return [name for name in names[len(node.args) :] if name not in given]


@lru_cache(maxsize=4)
def _defined(module: Module) -> dict[str, _FunctionDef]:
    """Return the functions and methods of a module by name, and its classes by their constructor."""
    found: dict[str, _FunctionDef] = {}
    for node in module.nodes:
        if isinstance(node, FUNCTIONS):
            owner = module.parent(node)
            is_constructor = node.name == "__init__" and isinstance(owner, ast.ClassDef)
            found.setdefault(owner.name if is_constructor else node.name, node)  # type: ignore[union-attr]
    return found


def _passed(module: Module, node: ast.Call) -> list[ast.expr | ast.keyword]:
    """Return positional and keyword arguments in source order."""
    return sorted([*node.args, *node.keywords], key=module.span)


def _is_bare_generator(module: Module, node: ast.Call) -> bool:
    """Tell whether the call's parentheses are those of a generator expression."""
    return len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)
