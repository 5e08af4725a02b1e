"""Code of the same file that may be missing elsewhere: what programs lack they mostly have already, nearby.

That the ingredients of a fix stand in the program itself is the redundancy assumption of repair (Barr et al. 2014,
"The plastic surgery hypothesis").
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from agent.repair.bindings import COMPREHENSIONS, Kind
from agent.repair.source import Module, own_code

BUILT_IN = frozenset(dir(builtins))
LONGEST = 100  # characters of a piece
SIMPLE = (ast.Return, ast.Raise, ast.Expr, ast.AugAssign, ast.Assign, ast.Delete)
TESTED = (ast.If, ast.While, ast.IfExp)
SAME_FUNCTION, SAME_CLASS, SAME_FILE = 1.0, 0.6, 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A node as it is written, on one line, and the names it reads that it does not bind itself."""

    node: ast.AST
    text: str
    names: frozenset[str]


def bound_names(module: Module, node: ast.AST) -> frozenset[str]:
    """What is bound where a node stands."""
    return frozenset(binding.name for binding in module.names(node))


def visible_names(module: Module, node: ast.AST) -> frozenset[str]:
    """What a node may read: names bound here, and built-in ones."""
    return BUILT_IN | bound_names(module, node)


def names_in(node: ast.AST) -> frozenset[str]:
    """Names that stand in a node, read or bound."""
    return _ids(node, lambda name: True)


def read_in(node: ast.AST) -> frozenset[str]:
    """Names a node reads but for those its own comprehensions and lambdas bind."""
    bound = _ids(node, lambda name: isinstance(name.ctx, ast.Store)) if _binds(node) else frozenset()
    arguments = {inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)}
    return _ids(node, lambda name: not isinstance(name.ctx, ast.Store)) - bound - arguments


def local_names(module: Module, node: ast.AST, *, after: bool = False) -> list[str]:
    """The function's variables bound before a node, the last one first, then its parameters; `self` and `cls` not.

    With `after` those that are bound at or behind the node count, too.
    """
    function = module.function_of(node)
    bindings = list(module.links.bindings[function].values()) if after and function else module.names(node)
    own = [b for b in bindings if b.scope is function and b.name not in {"self", "cls", "_"}]
    variables = [b.name for b in reversed(own) if b.kind is Kind.VARIABLE]
    return [*variables, *(b.name for b in own if b.kind is Kind.PARAMETER)]


def nearby(module: Module, node: ast.AST, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, float]]:
    """Pieces that can be read at a node, nearest first, each text once, with a weight for how near they are."""
    function, owner, line = module.function_of(node), module.class_of(node), node.lineno  # type: ignore[attr-defined]
    known = visible_names(module, node)

    def weight(piece: Piece) -> float:
        if function is not None and module.function_of(piece.node) is function:
            return SAME_FUNCTION
        return SAME_CLASS if owner is not None and module.class_of(piece.node) is owner else SAME_FILE

    fitting = [(piece, weight(piece)) for piece in pieces if piece.names <= known and piece.node is not node]
    fitting.sort(key=lambda found: (-found[1], abs(found[0].node.lineno - line)))  # type: ignore[attr-defined]
    seen: set[str] = set()
    for piece, near in fitting:
        if piece.text not in seen:
            seen.add(piece.text)
            yield piece, near


@lru_cache(maxsize=8)
def statements(module: Module) -> tuple[Piece, ...]:
    """Simple statements that do something."""
    return _pieces(module, (node for node in module.nodes if isinstance(node, SIMPLE)))


@lru_cache(maxsize=8)
def conditions(module: Module) -> tuple[Piece, ...]:
    """What `if`, `while` and conditional expressions ask, whole and in its parts."""
    tests = [node.test for node in module.nodes if isinstance(node, TESTED)]
    parts = [value for test in tests if isinstance(test, ast.BoolOp) for value in test.values]
    return _pieces(module, (test for test in [*tests, *parts] if not isinstance(test, ast.Constant)))


@lru_cache(maxsize=8)
def calls(module: Module) -> tuple[tuple[ast.Call, tuple[Piece, ...]], ...]:
    """Every call of the file with its arguments, keywords too."""
    found = [node for node in module.nodes if isinstance(node, ast.Call)]
    return tuple((node, _pieces(module, [*node.args, *node.keywords])) for node in found)


@lru_cache(maxsize=64)
def unread(module: Module, function: ast.AST) -> tuple[str, ...]:
    """Variables and parameters of a function that nothing in it reads."""
    read = _ids(function, lambda name: not isinstance(name.ctx, ast.Store))
    bound = module.links.bindings.get(function, {})
    return tuple(name for name in bound if name not in read and name not in {"self", "cls", "_"})


@lru_cache(maxsize=64)
def unbound(module: Module, function: ast.AST) -> tuple[str, ...]:
    """Names that a function reads and nobody binds."""
    read = [node for node in own_code(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    missing = [node.id for node in read if node.id not in visible_names(module, node)]
    return tuple(dict.fromkeys(missing))


def _pieces(module: Module, nodes: Iterable[ast.AST]) -> tuple[Piece, ...]:
    found = (Piece(node, module.segment(node), read_in(node)) for node in nodes)
    return tuple(piece for piece in found if len(piece.text) <= LONGEST and "\n" not in piece.text)


def _binds(node: ast.AST) -> bool:
    return any(isinstance(inner, (*COMPREHENSIONS, ast.NamedExpr)) for inner in ast.walk(node))


def _ids(node: ast.AST, wanted: Callable[[ast.Name], bool]) -> frozenset[str]:
    return frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and wanted(inner))
