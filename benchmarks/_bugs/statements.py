"""Operators on statements, names and attributes. The sources are named as in expressions.py."""

import ast
import builtins
from collections.abc import Iterator

from benchmarks._bugs.source import Edit, Functions, Source

EXCEPTIONS = {"ValueError": "TypeError", "TypeError": "ValueError", "KeyError": "IndexError", "IndexError": "KeyError",
              "AttributeError": "KeyError", "RuntimeError": "ValueError", "OSError": "ValueError",
              "StopIteration": "ValueError", "NotImplementedError": "ValueError", "ImportError": "OSError",
              "OverflowError": "ValueError", "ZeroDivisionError": "ValueError", "Exception": "ValueError",
              "UnicodeDecodeError": "OSError", "UnicodeError": "KeyError", "LookupError": "TypeError"}  # fmt: skip
LEAVES = ast.Return | ast.Raise | ast.Continue | ast.Break
BUILTINS = frozenset(dir(builtins))


def dropped_guard(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A guard that does nothing: Mothra's SDL on `return`, `raise`, `continue`; BugsInPy's missing checks."""
    if isinstance(node, ast.If) and len(node.body) == 1 and isinstance(node.body[0], LEAVES):
        yield from source.replace(node.body[0], "pass")


def ignored_condition(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A branch always or never taken: Mothra's CRP on conditions; TSSB, More Specific If."""
    if isinstance(node, ast.If):
        yield from source.replace(node.test, "True")
        yield from source.replace(node.test, "False")


def dropped_statement(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A call or an update forgotten: Mothra's SDL."""
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield from source.replace(node, "pass")


def plain_assignment(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`=` for `+=`: MutPy's ASR."""
    if isinstance(node, ast.AugAssign):
        yield from source.between(node.target, node.value, r"[^\s=]+=", "=")


def returned_value(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another value returned, or none: Mothra's RSR; TSSB, Change Identifier Used."""
    if not isinstance(node, ast.Return) or node.value is None:
        return
    yield from source.head(node, r"return\b", "")
    yield from source.replace(node.value, "None")
    function = source.function_of(node)
    if function is not None:
        for name in source.some(_bound(function, node.lineno), node, 1):
            yield from source.replace(node.value, name)


def early_return(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A result handed back before it is finished: `return` for an assignment in a loop or branch; Mothra's GLR."""
    inside = isinstance(source.parents.get(node), ast.For | ast.While | ast.If)
    if isinstance(node, ast.Assign) and inside and source.function_of(node) is not None:
        yield from source.replace(node, f"return {source.text(node.value)}")


def loop_exit(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`break` for `continue`: MutPy's BCR."""
    if isinstance(node, ast.Continue):
        yield from source.replace(node, "break")
    if isinstance(node, ast.Break):
        yield from source.replace(node, "continue")


def exception_type(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another exception raised or caught: SStuBs, Change Identifier; MutPy's EHD for what is no longer caught."""
    place: ast.AST | None = None
    if isinstance(node, ast.ExceptHandler):
        place = node.type
    elif isinstance(node, ast.Raise):
        place = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    names = place.elts if isinstance(place, ast.Tuple) else [place]
    for name in names:
        if isinstance(name, ast.Name) and name.id in EXCEPTIONS:
            yield from source.replace(name, EXCEPTIONS[name.id])


def swallowed_exception(source: Source, node: ast.AST) -> Iterator[Edit]:
    """What a handler raises is lost: MutPy's EXS."""
    if isinstance(node, ast.Raise) and any(isinstance(above, ast.ExceptHandler) for above in source.above(node)):
        yield from source.replace(node, "pass")


def variable(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another variable in scope: TSSB, Change Identifier Used; SStuBs; BugLab, variable misuse; Mothra's SVR."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or node.id in BUILTINS:
        return
    function = source.function_of(node)
    if function is not None and node.lineno > function.lineno:
        others = [name for name in _bound(function, node.lineno) if name != node.id]
        if node.id in _bound(function, node.lineno):
            for name in source.some(others, node, 1):
                yield from source.replace(node, name)


def attribute(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Another attribute or method of the class: TSSB, Change Attribute Used; SStuBs, Different Method Same Args."""
    if not _is_of_self(node):
        return
    owner = source.class_of(node)
    assert isinstance(node, ast.Attribute)
    if owner is None:
        return
    called = _is_called(source, node)
    others = [name for name in _members(owner, methods=called) if name != node.attr]
    for name in source.some(others, node, 1):
        yield from source.replace(node, f"{source.text(node.value)}.{name}")


def dropped_self(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`self.` forgotten: TSSB, Add Attribute Access."""
    if _is_of_self(node):
        assert isinstance(node, ast.Attribute)
        yield from source.replace(node, node.attr)


def dropped_attribute(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The object for its attribute: TSSB, Add Attribute Access; SStuBs, Change Caller in Function Call."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and not _is_called(source, node):
        yield from source.replace(node, source.text(node.value))


def default(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A wrong default argument: MutPy's CRP there; TSSB, Change Constant Type and Change Boolean Literal."""
    if not isinstance(node, Functions | ast.Lambda):
        return
    for value in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
        if isinstance(value, ast.Constant):
            yield from source.replace(value, _other_default(value.value))


def dropped_await(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`await` forgotten: what CPython warns of as "was never awaited"."""
    if isinstance(node, ast.Await):
        yield from source.replace(node, source.text(node.value))


def dropped_decorator(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A decorator forgotten: MutPy's DDL."""
    if isinstance(node, Functions | ast.ClassDef):
        for decorator in node.decorator_list:
            for edit in source.replace(decorator, ""):
                yield edit._replace(start=edit.start - 1)  # the @


def super_call(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The parent's method not called: MutPy's SCD."""
    if isinstance(node, ast.Expr) and source.text(node).startswith("super()."):
        yield from source.replace(node, "pass")


def _bound(function: Functions, before: int) -> list[str]:
    """Names a function binds on earlier lines, `self` and `cls` aside."""
    arguments = function.args
    everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    names = {argument.arg for argument in everything} - {"self", "cls"}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.lineno < before:
            names.add(node.id)
    return sorted(names - {"_"})


def _members(owner: ast.ClassDef, *, methods: bool) -> list[str]:
    """A class's methods, or the attributes its methods set."""
    if methods:
        found = [node.name for node in owner.body if isinstance(node, Functions) and not node.decorator_list]
        return [name for name in found if not name.startswith("__")]
    return [node.attr for node in ast.walk(owner) if _is_of_self(node, ast.Store) and isinstance(node, ast.Attribute)]


def _is_of_self(node: ast.AST, context: type[ast.expr_context] = ast.Load) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, context)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
    )


def _is_called(source: Source, node: ast.AST) -> bool:
    parent = source.parents.get(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _other_default(value: object) -> str:
    if value is None:
        return "False"
    if isinstance(value, bool):
        return str(not value)
    if isinstance(value, int | float):
        return repr(value + 1)
    return repr("") if value else repr("x")
