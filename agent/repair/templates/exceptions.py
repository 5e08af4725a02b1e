"""The wrong exception is caught or raised."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from functools import lru_cache

from agent.repair.candidate import Candidate, Site
from agent.repair.source import Module

_RELATED = {
    "KeyError": ("IndexError", "LookupError", "AttributeError", "ValueError"),
    "IndexError": ("KeyError", "LookupError", "ValueError"),
    "ValueError": ("TypeError", "KeyError", "IndexError", "AttributeError"),
    "TypeError": ("ValueError", "AttributeError"),
    "AttributeError": ("TypeError", "KeyError", "NameError"),
    "OSError": ("FileNotFoundError", "PermissionError", "ValueError"),
    "FileNotFoundError": ("OSError", "NotADirectoryError", "IsADirectoryError"),
    "RuntimeError": ("ValueError", "TypeError", "NotImplementedError"),
    "NotImplementedError": ("TypeError", "RuntimeError"),
    "ZeroDivisionError": ("ArithmeticError", "ValueError"),
    "UnicodeDecodeError": ("UnicodeError", "ValueError"),
    "UnicodeEncodeError": ("UnicodeError", "ValueError"),
    "ImportError": ("ModuleNotFoundError", "AttributeError"),
    "ModuleNotFoundError": ("ImportError",),
    "StopIteration": ("ValueError", "IndexError"),
    "Exception": ("ValueError", "TypeError", "KeyError", "RuntimeError"),
}
_OTHERS_MAX = 8


def exception_type(site: Site) -> Iterator[Candidate]:
    """A related exception, one of the module's own, or both where one is caught."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Name) or not _is_exception(site, node):
        return
    own = [name for name in _raised_names(module) if name != node.id]
    others = list(dict.fromkeys([*_RELATED.get(node.id, ()), *own]))[:_OTHERS_MAX]
    for name in others:
        yield site.replace(node, name)
    if isinstance(module.parent(node), ast.ExceptHandler):
        for name in others[:4]:
            yield site.replace(node, f"({node.id}, {name})", weight=0.6)
        if node.id != "Exception":
            yield site.replace(node, "Exception", weight=0.3)


def _is_exception(site: Site, node: ast.Name) -> bool:
    """Tell whether a name stands in `except`, in its tuple, or is raised."""
    parent = site.module.parent(node)
    if isinstance(parent, (ast.Tuple, ast.Call)) and site.module.field(node) in {"elts", "func"}:
        parent = site.module.parent(parent)
    return isinstance(parent, (ast.ExceptHandler, ast.Raise))


@lru_cache(maxsize=4)
def _raised_names(module: Module) -> tuple[str, ...]:
    """Return the exceptions a module defines, raises or catches by name."""
    names: dict[str, None] = {}
    for node in module.nodes:
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Error", "Exception", "Warning")):
            names[node.name] = None
        elif isinstance(node, ast.Name) and _is_builtin_exception(node.id):
            names[node.id] = None
    return tuple(names)


def _is_builtin_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, Exception)
