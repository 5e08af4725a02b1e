"""Reads the imports of our packages and says which ones break the house's drawing. Standard library only.

Imports inside functions and under TYPE_CHECKING count like any other: they are dependencies all the same.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("agent", "tools", "prompts")
OURS = (*PACKAGES, "tests", "benchmarks", "regreen")
MAY_IMPORT = {"agent": {"agent", "tools", "prompts"}, "tools": {"tools"}, "prompts": {"prompts"}}
LAYERS = {
    "agent": 0,  # agent/__init__.py, the version
    "agent.core": 1,
    "agent.models": 2,
    "agent.context": 2,
    "agent.localize": 2,
    "agent.tasks": 2,
    "agent.trace": 2,
    "agent.repair": 3,
    "agent.review": 3,
    "agent.propose": 4,
    "agent.run": 5,
    "agent.batch": 6,
    "agent.report": 6,
    "agent.evals": 6,
    "agent.hook": 6,
    "agent.cli": 7,
}
# The doors of the house: they may import anything, nothing imports them.
DOORS = ("agent._entry", "agent._main", "agent.api")
# Runs inside the target's own interpreter, where nothing of ours is installed.
SELF_CONTAINED = "tools.testing.plugin."


@dataclass(frozen=True, slots=True)
class Import:
    """One module of ours imports another; line counts from 1."""

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def read_imports(root: Path) -> list[Import]:
    """Return every import of our own code in the packages under root."""
    files = {_module_name(root, path): path for package in PACKAGES for path in (root / package).rglob("*.py")}
    return [
        Import(importer, _module_of(target, files), line)
        for importer, path in sorted(files.items())
        for target, line in _targets(importer, path)
        if target.partition(".")[0] in OURS
    ]


def layer_violations(imports: list[Import]) -> list[str]:
    """Return one line for each import that the drawing does not allow."""
    return [f"{found}: {reason}" for found in imports if (reason := _reason_against(found))]


def cycles(imports: list[Import]) -> list[str]:
    """Return one line for each import that closes a circle, with the whole circle in it."""
    graph: dict[str, set[str]] = {}
    for found in imports:
        graph.setdefault(found.importer, set()).add(found.imported)
    finished: set[str] = set()
    return [" -> ".join(circle) for start in sorted(graph) for circle in _circles(start, graph, [], finished)]


def _reason_against(found: Import) -> str:
    house, other = found.importer.partition(".")[0], found.imported.partition(".")[0]
    if found.importer in DOORS:
        return ""
    if found.imported in DOORS:
        return "nothing imports a door"
    if found.importer.startswith(SELF_CONTAINED):
        return "the plug-in runs where nothing of ours is installed"
    if other not in MAY_IMPORT[house]:
        return f"{house} may import only {', '.join(sorted(MAY_IMPORT[house]))}"
    return _reason_of_layers(_folder(found.importer), _folder(found.imported)) if house == other == "agent" else ""


def _reason_of_layers(importer: str, imported: str) -> str:
    for folder in (importer, imported):
        if folder not in LAYERS:
            return f"{folder} has no layer"
    if importer == imported or LAYERS[imported] < LAYERS[importer]:
        return ""
    return f"layer {LAYERS[importer]} may import only lower layers, {imported} is in {LAYERS[imported]}"


def _circles(module: str, graph: Mapping[str, set[str]], trail: list[str], finished: set[str]) -> Iterator[list[str]]:
    if module in trail:
        yield [*trail[trail.index(module) :], module]
        return
    if module in finished:
        return
    for imported in sorted(graph.get(module, ())):
        yield from _circles(imported, graph, [*trail, module], finished)
    finished.add(module)


def _targets(importer: str, path: Path) -> Iterator[tuple[str, int]]:
    package = importer if path.name == "__init__.py" else importer.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(names=names):
                base = _absolute(node, package)
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in names)
            case ast.Call(func=ast.Name("__import__" | "import_module"), args=[ast.Constant(str(name)), *_]):
                yield name, node.lineno
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(str(name)), *_]):
                yield name, node.lineno


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parents, *([node.module] if node.module else [])])


def _module_of(target: str, files: Mapping[str, Path]) -> str:
    """`from agent.core import Task` names agent.core, `from agent.core import task` the module agent.core.task."""
    return target if target in files or "." not in target else _parent_known(target, files)


def _parent_known(target: str, files: Mapping[str, Path]) -> str:
    parent = target.rpartition(".")[0]
    return parent if parent in files else target


def _module_name(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _folder(module: str) -> str:
    return ".".join(module.split(".")[:2])
