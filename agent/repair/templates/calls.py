"""The wrong function or method is called."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from agent.repair.bindings import Kind
from agent.repair.candidate import Candidate, Site
from agent.repair.ingredients import BUILT_IN
from agent.repair.source import FUNCTIONS, Module
from agent.repair.templates.variables import likeness

_OTHERS_MAX = 8
_FOR_BUILT_IN = 0.1  # the weight of a function of the program where a built-in one is called
_FAMILIES = (
    "min max",
    "sum len",
    "any all",
    "sorted reversed list",
    "int float round",
    "str repr",
    "list tuple set",
    "set frozenset",
    "isinstance issubclass",
    "range enumerate",
    "abs round",
    "floor ceil trunc",
    "log log2 log10",
    "upper lower title capitalize casefold",
    "strip lstrip rstrip",
    "split rsplit splitlines",
    "partition rpartition",
    "find rfind index rindex",
    "startswith endswith",
    "ljust rjust center",
    "removeprefix removesuffix",
    "isdigit isalpha isalnum isnumeric isdecimal",
    "isupper islower",
    "append extend insert add",
    "append appendleft",
    "pop popleft",
    "extend extendleft",
    "remove discard pop",
    "update setdefault",
    "get pop setdefault",
    "keys values items",
    "union intersection difference symmetric_difference",
    "issubset issuperset",
    "read readline readlines",
    "write writelines",
    "match search fullmatch findall",
    "bisect_left bisect_right",
    "insort_left insort_right",
    "heappush heappop",
    "heappushpop heapreplace",
    "encode decode",
    "dumps dump",
    "loads load",
    "copy deepcopy",
    "date datetime time",
    "days seconds total_seconds",
    "exists is_file is_dir",
    "dirname basename",
    "stem name suffix",
)


def call_target(site: Site) -> Iterator[Candidate]:
    """A sibling of the called function: one of its family, of the same module, or of the same class."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Name, ast.Attribute)):
        return
    called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
    end = module.span(node.func)[1]
    names = {name: 1.0 for name in _relatives().get(called, ())}
    alike = sorted(_definitions(site, node.func), key=lambda other: -likeness(other, called))
    of_ours = _FOR_BUILT_IN if isinstance(node.func, ast.Name) and called in BUILT_IN else 0.6
    for name in alike[: site.most(_OTHERS_MAX)]:
        names.setdefault(name, of_ours)
    for name, weight in names.items():
        if name != called:
            yield site.splice((end - len(called), end), name, weight=weight)


@lru_cache(maxsize=1)
def _relatives() -> dict[str, tuple[str, ...]]:
    """Return for each known name the others of its families."""
    relatives: dict[str, dict[str, None]] = {}
    for family in map(str.split, _FAMILIES):
        for name in family:
            relatives.setdefault(name, {}).update({other: None for other in family if other != name})
    return {name: tuple(others) for name, others in relatives.items()}


def _definitions(site: Site, func: ast.Name | ast.Attribute) -> list[str]:
    """Return what could be called in the same way: functions in scope for a name, methods of the class for `self.`."""
    module = site.module
    if isinstance(func, ast.Name):
        kinds = (Kind.FUNCTION, Kind.CLASS)
        return [binding.name for binding in module.names(func) if binding.kind in kinds]
    if isinstance(func.value, ast.Name) and func.value.id in {"self", "cls"}:
        owner = module.class_of(func)
        methods = [item.name for item in owner.body if isinstance(item, FUNCTIONS)] if owner else []
        return [name for name in methods if not name.startswith("__")]
    plain = isinstance(func.value, (ast.Name, ast.Attribute))
    return list(_methods_of(module).get(ast.unparse(func.value), ())) if plain else []


@lru_cache(maxsize=4)
def _methods_of(module: Module) -> dict[str, tuple[str, ...]]:
    """Return the methods called on each plain base in the file."""
    found: dict[str, dict[str, None]] = {}
    for node in module.nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name() | ast.Attribute() as base, attr=name)):
                found.setdefault(ast.unparse(base), {})[name] = None
    return {base: tuple(names) for base, names in found.items()}
