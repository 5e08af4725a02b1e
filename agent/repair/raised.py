"""What stands after `raise` must be an error: all else raises a TypeError, which a test may take for the right one."""

from __future__ import annotations

import ast
import builtins
from functools import lru_cache

from agent.repair.source import Module
from tools.patch import Edit

_ENDINGS = ("Error", "Exception", "Warning", "Exit", "Interrupt", "Stop", "Iteration", "Skipped")
_BUILT_IN = {
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
}


def raises_an_error(module: Module, node: ast.AST, edit: Edit) -> bool:
    """Whether a `raise` that an edit changes still raises what may be an error; True for every other edit."""
    statement = module.statement_of(node)
    if not isinstance(statement, ast.Raise):
        return True
    start, end = module.span(statement)
    if not start <= edit.start <= edit.end <= end:
        return True
    text = module.text[start : edit.start] + edit.text + module.text[edit.end : end]
    try:
        changed = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return all(_may_be_raised(module, one.exc) for one in changed if isinstance(one, ast.Raise) and one.exc is not None)


def _may_be_raised(module: Module, node: ast.expr) -> bool:
    """An instance, a class by its name, or whatever a variable, a function or a method of no class holds."""
    if isinstance(node, ast.IfExp):
        return _may_be_raised(module, node.body) and _may_be_raised(module, node.orelse)
    called = node.func if isinstance(node, ast.Call) else node
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    if not name:
        return isinstance(called, ast.Subscript)
    if name in _BUILT_IN or name in _errors(module) or name.endswith(_ENDINGS):
        return True
    is_a_class = name[:1].isupper()
    return not is_a_class and not hasattr(builtins, name)


@lru_cache(maxsize=8)
def _errors(module: Module) -> frozenset[str]:
    """What the file itself raises or catches, and its classes whose bases say that they are errors."""
    found = {name.id for node in ast.walk(module.tree) for name in _named(node) if isinstance(name, ast.Name)}
    classes = [node for node in module.nodes if isinstance(node, ast.ClassDef)]
    for _ in classes:
        more = {node.name for node in classes if any(_is_error(base, found) for base in node.bases)}
        if more <= found:
            break
        found |= more
    return frozenset(found)


def _named(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Raise) and node.exc is not None:
        return [node.exc.func if isinstance(node.exc, ast.Call) else node.exc]
    if isinstance(node, ast.ExceptHandler) and node.type is not None:
        return list(node.type.elts) if isinstance(node.type, ast.Tuple) else [node.type]
    return []


def _is_error(base: ast.expr, found: set[str]) -> bool:
    name = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
    return name in _BUILT_IN or name in found or name.endswith(_ENDINGS)
