"""Objects that are equal to anything, parts of the language replaced, code made from texts."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.core.verdict import Flag
from agent.review.names import folded
from agent.review.source import Function, Source

ALWAYS = {"__eq__": True, "__ne__": False, "__contains__": True, "__instancecheck__": True, "__subclasscheck__": True,
          "__le__": True, "__ge__": True}  # fmt: skip
REPLACED = ("builtins.", "__builtins__.", "sys.modules", "sys.stdout", "sys.stderr", "os.environ", "sys.path")
DECODES = ("b64decode", "b85decode", "fromhex", "decompress", "unhexlify", "loads", "decode")
HASHES = ("hash", "md5", "sha1", "sha256", "sha512", "blake2b", "crc32", "adler32", "hexdigest", "digest")


def tricks(source: Source) -> Iterator[Flag]:
    """Flags for added lines that make comparisons or names mean something else."""
    for node in source.new:
        for code, sentence in _of(node, source):
            yield Flag(source.path, node.lineno, code, sentence)  # type: ignore[attr-defined]


def _of(node: ast.AST, source: Source) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.ClassDef):
        yield from (("equality", said) for said in _always(node))
    if isinstance(node, Function) and node.name in ALWAYS and _answers(node, ALWAYS[node.name]):
        yield "equality", f"{node.name} gives {ALWAYS[node.name]} whatever it is asked"
    elif isinstance(node, Function) and node.name == "__eq__" and _asks_only_for_a_kind(node, source):
        yield "equality", "__eq__ looks at the kind of the other object only, not at its value"
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
        yield from (("replaced", f"product code replaces {name}") for name in _replaced(node, source))
    if isinstance(node, ast.Call):
        yield from _calls(node, source)
    if isinstance(node, ast.Compare) and _compares_a_hash(node, source):
        yield "hidden-case", "a hash of a value is compared with a constant: that is a case for one input"


def _always(node: ast.ClassDef) -> Iterator[str]:
    """`__eq__ = lambda self, other: True` in a class body."""
    lambdas = [part for part in node.body if isinstance(part, ast.Assign) and isinstance(part.value, ast.Lambda)]
    for name, body in ((name, part.value.body) for part in lambdas for name in _targets(part)):  # type: ignore[attr-defined]
        if name in ALWAYS and _is(body, ALWAYS[name]):
            yield f"{name} gives {ALWAYS[name]} whatever it is asked"


def _targets(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _answers(function: Function, value: bool) -> bool:
    returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    return bool(returns) and all(found is not None and _is(found, value) for found in returns)


def _asks_only_for_a_kind(function: Function, source: Source) -> bool:
    """`return isinstance(other, int)` in a class that is not int itself: for one without values that would do."""
    classes = [node for node in ast.walk(source.after) if isinstance(node, ast.ClassDef)]
    own = next((node.name for node in classes if function in node.body), "")
    returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    asked = [node for node in returns if isinstance(node, ast.Call) and source.names.dotted(node.func) == "isinstance"]
    return len(asked) == len(returns) > 0 and not any(own and own in ast.unparse(call) for call in asked)


def _is(node: ast.expr, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _replaced(node: ast.Assign | ast.AugAssign | ast.Delete, source: Source) -> Iterator[str]:
    targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
    for target in targets:
        name = source.names.dotted(target.value if isinstance(target, ast.Subscript) else target)
        if not name.startswith(REPLACED) or name in source.known:
            continue
        if isinstance(target, ast.Subscript) and name in ("os.environ", "sys.path"):
            continue
        yield name


def _calls(node: ast.Call, source: Source) -> Iterator[tuple[str, str]]:
    name = source.names.dotted(node.func)
    first = source.names.dotted(node.args[0]) if node.args else ""
    is_computed = len(node.args) >= 2 and not folded(node.args[1])
    if name in ("exec", "eval", "compile") and any(_decodes(part, source) for part in node.args):
        yield "hidden-code", f"code is made from an encoded text ({name})"
    if name == "getattr" and first in ("os", "sys", "builtins") and is_computed and name not in source.known:
        yield "hidden-code", f"a part of {first} is looked up by a name made at run time"
    if name == "__import__" and node.args and _is_built(node.args[0]):
        yield "hidden-code", "a module is imported by a name made at run time"
    if name == "setattr" and first in ("builtins", "os", "sys", "types"):
        yield "replaced", f"product code replaces a part of {first}"


def _is_built(node: ast.AST) -> bool:
    """Whether calls make a text, where constants alone would not do."""
    return not folded(node) and any(isinstance(inner, ast.Call) for inner in ast.walk(node))


def _decodes(node: ast.AST, source: Source) -> bool:
    calls = (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return any(
        source.names.dotted(call.func).rpartition(".")[2] in DECODES or _method(call) in DECODES for call in calls
    )


def _compares_a_hash(node: ast.Compare, source: Source) -> bool:
    sides = [node.left, *node.comparators]
    if not any(isinstance(side, ast.Constant) and side.value is not None for side in sides):
        return False
    calls = [side for side in sides if isinstance(side, ast.Call)]
    return any(source.names.dotted(call.func).rpartition(".")[2] in HASHES or _method(call) in HASHES for call in calls)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
