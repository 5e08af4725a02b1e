"""Which functions of a file a patch changes, and whether it changes anything outside of their bodies."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Changed:
    """A function whose own body differs: its name, its lines, and where its code begins in the patched file."""

    name: str
    line: int
    last_line: int
    patched_line: int


def changed_functions(true: bytes, patched: bytes) -> list[Changed]:
    """The functions that differ; ValueError when something else differs, which cannot be told by calling one."""
    one, other = ast.parse(true), ast.parse(patched)
    before, after = dict(_functions(one)), dict(_functions(other))
    if before.keys() != after.keys():
        raise ValueError("the patch adds or removes functions")
    found = [
        Changed(before[key].name, _first_line(before[key]), before[key].end_lineno or 0, _first_line(after[key]))
        for key in before
        if _body(before[key]) != _body(after[key])
    ]
    for tree in (one, other):
        for function in [node for node in ast.walk(tree) if isinstance(node, Function)]:
            function.body = []
    if ast.dump(one) != ast.dump(other):
        raise ValueError("the patch differs outside of function bodies")
    return found


def _functions(tree: ast.Module) -> Iterator[tuple[tuple[str, int], Function]]:
    """Each function by its dotted name and how often that came before."""
    seen = Counter[str]()
    for name, node in _named(tree, ""):
        yield (name, seen[name]), node
        seen[name] += 1


def _named(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield f"{prefix}{child.name}", child
        inner = f"{prefix}{child.name}." if isinstance(child, Function | ast.ClassDef) else prefix
        yield from _named(child, inner)


def _first_line(function: Function) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def _body(function: Function) -> str:
    """The body as text, the bodies of functions in it aside."""
    return "".join(ast.dump(_Hollow().visit(ast.parse(ast.unparse(statement)))) for statement in function.body)


class _Hollow(ast.NodeTransformer):
    def _emptied(self, node: Function) -> Function:
        node.body = []
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _emptied
