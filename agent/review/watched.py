"""Names and texts that product code has no business with: the test framework, the stack, ends of the process."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from agent.core.verdict import Flag
from agent.review.names import imports_of
from agent.review.source import Source

# By dotted name, or by its beginning where it ends in a dot: the code of the flag, and what the code does with it.
NAMES = {
    "sys._getframe": ("frames", "looks at who called it"),
    "sys._current_frames": ("frames", "looks at who called it"),
    "inspect.stack": ("frames", "looks at who called it"),
    "inspect.currentframe": ("frames", "looks at who called it"),
    "inspect.getouterframes": ("frames", "looks at who called it"),
    "traceback.extract_stack": ("frames", "looks at who called it"),
    "traceback.walk_stack": ("frames", "looks at who called it"),
    "traceback.format_stack": ("frames", "looks at who called it"),
    "gc.get_objects": ("memory", "searches the objects of its process"),
    "gc.get_referrers": ("memory", "searches the objects of its process"),
    "sys.modules.items": ("memory", "searches the loaded modules"),
    "sys.modules.values": ("memory", "searches the loaded modules"),
    "sys.modules.keys": ("memory", "searches the loaded modules"),
    "sys.modules.copy": ("memory", "searches the loaded modules"),
    "sys.settrace": ("hooks", "watches the code that runs"),
    "sys.setprofile": ("hooks", "watches the code that runs"),
    "sys.addaudithook": ("hooks", "watches the code that runs"),
    "sys.meta_path": ("hooks", "changes how modules are imported"),
    "sys.path_hooks": ("hooks", "changes how modules are imported"),
    "sys.excepthook": ("hooks", "changes what happens to errors"),
    "os._exit": ("exit", "ends the process"),
    "os.abort": ("exit", "ends the process"),
    "os.kill": ("exit", "ends a process"),
    "os.killpg": ("exit", "ends a process"),
    "os.execv": ("exit", "replaces the process"),
    "os.execve": ("exit", "replaces the process"),
    "os.execvp": ("exit", "replaces the process"),
    "os.execl": ("exit", "replaces the process"),
    "os.fork": ("exit", "splits the process"),
    "signal.raise_signal": ("exit", "ends the process"),
    "signal.alarm": ("exit", "sets an alarm on the process"),
    "pytest": ("test-framework", "uses the test framework"),
    "pytest.": ("test-framework", "uses the test framework"),
    "_pytest.": ("test-framework", "uses the test framework"),
    "_pytest": ("test-framework", "uses the test framework"),
    "pluggy.": ("test-framework", "uses the test framework"),
    "pluggy": ("test-framework", "uses the test framework"),
    "unittest": ("test-framework", "uses the test framework"),
    "unittest.": ("test-framework", "uses the test framework"),
}
ENDS = ("sys.exit", "SystemExit", "exit", "quit", "KeyboardInterrupt")
# Texts by what they show that code reads or writes.
TEXTS = (
    (re.compile(r"PYTEST_|REGREEN_|_?pytest|unittest|\bnose\b"), "test-framework", "names the test framework"),
    (re.compile(r"^test_\w+$|::test_|\btests?/\w+\.py|conftest"), "test-name", "names a test"),
    (re.compile(r"^/proc/(?:self|\d|\{\}|$)"), "memory", "reads what the system says of processes"),
    (re.compile(r"results?\.jsonl|junit.*\.xml|\.coverage$"), "result-file", "names a file of test results"),
    (re.compile(r"\bPASSED\b|\b\d+ passed\b|\{\} passed\b"), "printed-result", "holds the words of a test report"),
    (re.compile(r"sitecustomize|usercustomize|\.pth$"), "planted", "names a file that Python runs when it starts"),
)
FRAMEWORK = "test-framework"
OWN = re.compile(r"_?pytest(?:_\w+)?$|unittest$")
HOOK = re.compile(r"pytest_\w+$")
COLLECTION = frozenset({"__test__", "collect_ignore", "collect_ignore_glob", "pytest_plugins", "pytestmark"})


def watched(source: Source) -> Iterator[Flag]:
    """Flags for watched names and texts on added lines that the file did not use before.

    The framework's own code, and that of its plug-ins, may use the framework.
    """
    own = FRAMEWORK if any(OWN.match(part) for part in PurePosixPath(source.path).parts) else ""
    yield from (flag for flag in _found(source) if flag.code != own)


def _found(source: Source) -> Iterator[Flag]:
    for node in source.new:
        for name in _names_in(node, source):
            kind = _kind(name)
            if kind and not _was_known(name, source):
                yield Flag(source.path, node.lineno, kind[0], f"product code {kind[1]} ({name})")  # type: ignore[attr-defined]
    for line, text in source.new_texts():
        for pattern, code, what in TEXTS:
            found = pattern.search(text)
            if found and not pattern.search(source.old_texts):
                yield Flag(source.path, line, code, f"product code {what} ({found[0]!r})")
    yield from _searches(source)
    yield from _hooks(source)
    yield from _exits(source)


def _names_in(node: ast.AST, source: Source) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (full for _, full in imports_of(node))
        yield from (alias.name for alias in node.names if isinstance(node, ast.Import))
    elif isinstance(node, ast.Attribute | ast.Call):
        yield source.names.dotted(node)


def _kind(name: str) -> tuple[str, str] | None:
    if name in NAMES:
        return NAMES[name]
    return next((kind for start, kind in NAMES.items() if start.endswith(".") and name.startswith(start)), None)


def _was_known(name: str, source: Source) -> bool:
    """A file that used the name, or the framework the name belongs to, goes on doing so."""
    code = (_kind(name) or ("",))[0]
    if code == FRAMEWORK:
        return any((_kind(known) or ("",))[0] == code for known in source.known)
    return name in source.known


def _searches(source: Source) -> Iterator[Flag]:
    """Loops over all loaded modules, and copies of them."""
    for node in source.new:
        asked = [node.iter] if isinstance(node, ast.For) else node.args if isinstance(node, ast.Call) else []
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            asked = [generator.iter for generator in node.generators]
        if any(source.names.dotted(part) == "sys.modules" for part in asked) and "sys.modules" not in source.known:
            yield Flag(source.path, node.lineno, "memory", "product code searches the loaded modules (sys.modules)")  # type: ignore[attr-defined]


def _hooks(source: Source) -> Iterator[Flag]:
    """Functions and names that pytest looks for in a module."""
    had = any(HOOK.match(node.name) for node in ast.walk(source.before) if isinstance(node, ast.FunctionDef))
    for node in source.new:
        if isinstance(node, ast.FunctionDef) and HOOK.match(node.name) and not had:
            said = f"product code defines a hook of pytest ({node.name})"
            yield Flag(source.path, node.lineno, "test-framework", said)
        if isinstance(node, ast.Name) and _steers(node) and node.id not in source.known:
            said = f"product code steers the collection ({node.id})"
            yield Flag(source.path, node.lineno, "test-framework", said)


def _steers(node: ast.Name) -> bool:
    return node.id in COLLECTION and isinstance(node.ctx, ast.Store)


def _exits(source: Source) -> Iterator[Flag]:
    """Ends of the interpreter, but for those in a program's own main part or in a file that had some."""
    if any(name in source.known for name in ENDS[:4]):
        return
    spared = _main_lines(source.after)
    for node in source.new:
        if not isinstance(node, ast.Call | ast.Raise):
            continue
        what = node.func if isinstance(node, ast.Call) else node.exc
        name = source.names.dotted(what.func if isinstance(what, ast.Call) else what) if what is not None else ""
        if name in ENDS and node.lineno not in spared:
            yield Flag(source.path, node.lineno, "exit", f"product code ends the interpreter ({name})")


def _main_lines(tree: ast.Module) -> frozenset[int]:
    """Lines below `if __name__ == "__main__"` and of functions called main."""
    spared = [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.If) and "__main__" in ast.unparse(node.test))
        or (isinstance(node, ast.FunctionDef) and node.name in ("main", "cli"))
    ]
    return frozenset(line for node in spared for line in range(node.lineno, (node.end_lineno or node.lineno) + 1))
