"""What names in a file stand for: imports followed, attributes joined, constant texts put together."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

MOST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Names:
    """Local names by what they were imported as."""

    imported: Mapping[str, str]

    @classmethod
    def of(cls, tree: ast.Module) -> Names:
        """The imports of a whole file, those inside functions too."""
        found: dict[str, str] = {}
        for node in ast.walk(tree):
            for local, full in imports_of(node):
                found[local] = full
        return cls(found)

    def dotted(self, node: ast.AST) -> str:
        """`os.path.join` for an expression that names it, whatever it was imported as; "" for no name."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return f"{base}.{node.attr}" if base else ""
        if isinstance(node, ast.Call) and self.dotted(node.func) == "getattr" and len(node.args) >= 2:
            base, name = self.dotted(node.args[0]), folded(node.args[1])
            return f"{base}.{name}" if base and name else ""
        if isinstance(node, ast.Call) and self.dotted(node.func) in ("__import__", "importlib.import_module"):
            return folded(node.args[0]) if node.args else ""
        return ""

    def used(self, tree: ast.AST) -> frozenset[str]:
        """Every dotted name in a tree, imported ones included."""
        found = {self.dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute | ast.Call)}
        return frozenset(found | set(self.imported.values())) - {""}


def imports_of(node: ast.AST) -> list[tuple[str, str]]:
    """What an import statement binds: the local name and the full one."""
    if isinstance(node, ast.Import):
        pairs = [(alias.asname or alias.name.partition(".")[0], alias) for alias in node.names]
        return [(local, alias.name if alias.asname else local) for local, alias in pairs]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names]
    return []


def folded(node: ast.AST) -> str:
    """The text an expression of constants comes to; "" for any other."""
    if isinstance(node, ast.Constant):
        value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        return value[:MOST_TEXT] if isinstance(value, str) else ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = folded(node.left), folded(node.right)
        return left + right if left and right else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(folded(part) or "{}" for part in node.values)
    if isinstance(node, ast.Subscript) and _reverses(node.slice):
        return folded(node.value)[::-1]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join" and node.args:
        parts = node.args[0].elts if isinstance(node.args[0], ast.List | ast.Tuple) else []
        return folded(node.func.value).join(folded(part) for part in parts)
    return ""


def _reverses(node: ast.AST) -> bool:
    return isinstance(node, ast.Slice) and node.step is not None and ast.unparse(node.step) == "-1"
