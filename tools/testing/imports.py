"""Who imports whom, read from the text: for which tests a change outside functions can matter.

Imports are found by pattern, which is ten times as fast as parsing and finds too many rather than too few. Modules
that are loaded by a computed name are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tools.text import decode

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<base>\.*[\w.]*)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n#;]+)"
    r"|import[ \t]+(?P<modules>[^\n#;]+))",
    re.MULTILINE,
)
# What runs when a module is imported, as far as a pattern can tell: decorators, and calls outside of indented code.
_DECORATOR = re.compile(r"^[ \t]*@[ \t]*([\w.]+)", re.MULTILINE)
_OUTER_LINE = re.compile(r"^(?!def |async |class |@|#|import |from )\S[^\n]*", re.MULTILINE)
_CALLED = re.compile(r"(\w+)\(")
_COMMENT = re.compile(r"#[^\n]*")
_PLUGINS = re.compile(r"^pytest_plugins\s*=\s*(.*?)^\S", re.MULTILINE | re.DOTALL)
_STRING = re.compile(r"""["']([\w.]+)["']""")
_WORD = re.compile(r"[\w.]+")


@dataclass(frozen=True, slots=True)
class ImportGraph:
    """The files that import each file, directly; paths are relative to the tree, with slashes.

    `called` are the names of functions that a file calls when it is imported.
    """

    importers: Mapping[str, frozenset[str]]
    called: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Path, files: Iterable[str]) -> ImportGraph:
        """Read the Python files of a tree."""
        return cls.of_texts({path: _text(tree / path) for path in files if path.endswith(".py")})

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> ImportGraph:
        """From Python files by path."""
        paths = sorted(texts)
        known = _modules(paths)
        found: dict[str, set[str]] = {path: set() for path in paths}
        for path in paths:
            for imported in _imported(path, texts[path], known):
                found[imported].add(path)
            for conftest in _conftests(path):
                if conftest in found and conftest != path:
                    found[conftest].add(path)
        called = {path: frozenset(_called_at_import(text)) for path, text in texts.items()}
        return cls({path: frozenset(importers) for path, importers in found.items()}, called)

    def reach(self, paths: Iterable[str]) -> frozenset[str]:
        """The files themselves and all that import them, directly or through others."""
        reached = set(paths)
        waiting = list(reached)
        while waiting:
            more = self.importers.get(waiting.pop(), frozenset()) - reached
            reached |= more
            waiting += more
        return frozenset(reached)

    def calling(self, path: str, names: Collection[str]) -> frozenset[str]:
        """Files that may call functions of a file by these names when they are imported, and all that import those."""
        users = (user for user in self.reach([path]) if not self.called.get(user, frozenset()).isdisjoint(names))
        return self.reach(users)


def _called_at_import(text: str) -> Iterator[str]:
    yield from (found[1].rpartition(".")[2] for found in _DECORATOR.finditer(text))
    for line in _OUTER_LINE.finditer(text):
        yield from _CALLED.findall(line[0])


def _modules(paths: Iterable[str]) -> dict[str, set[str]]:
    """Files by every dotted name they may be imported by: from the tree's root and from their package's."""
    listed = list(paths)
    packages = {str(PurePosixPath(path).parent) for path in listed if path.endswith("__init__.py")}
    found: dict[str, set[str]] = {}
    for path in listed:
        for name in _names(path, packages):
            found.setdefault(name, set()).add(path)
    return found


def _names(path: str, packages: set[str]) -> Iterator[str]:
    pure = PurePosixPath(path)
    parts = [*pure.parts[:-1], *([] if pure.name == "__init__.py" else [pure.stem])]
    top = len(pure.parts) - 1
    while top > 0 and "/".join(pure.parts[:top]) in packages:
        top -= 1
    yield from {".".join(parts), ".".join(parts[top:])} - {""}


def _imported(path: str, text: str, known: Mapping[str, set[str]]) -> Iterator[str]:
    for name in _dotted_names(path, text):
        parts = name.split(".")
        # Importing a.b.c runs a and a.b, too.
        for end in range(1, len(parts) + 1):
            yield from known.get(".".join(parts[:end]), ())


def _dotted_names(path: str, text: str) -> Iterator[str]:
    for match in _IMPORT.finditer(text):
        if match["modules"] is not None:
            yield from (found[0] for part in match["modules"].split(",") if (found := _WORD.search(part)))
            continue
        base = _absolute(match["base"], path)
        for part in _COMMENT.sub("", match["names"]).strip("()\n ").split(","):
            word = _WORD.search(part)
            yield ".".join(filter(None, [base, word[0] if word else ""]))
    for plugins in _PLUGINS.finditer(f"{text}\nend"):
        yield from _STRING.findall(plugins[1])


def _absolute(base: str, path: str) -> str:
    """A module's name as seen from the tree's root, where it is a relative one."""
    dots = len(base) - len(base.lstrip("."))
    if not dots:
        return base
    folders = PurePosixPath(path).parts[:-1]
    return ".".join([*folders[: len(folders) - dots + 1], *filter(None, [base[dots:]])])


def _conftests(path: str) -> Iterator[str]:
    """The conftest files that pytest loads for a file."""
    for parent in PurePosixPath(path).parents:
        yield "conftest.py" if str(parent) == "." else f"{parent}/conftest.py"


def _text(path: Path) -> str:
    try:
        return "" if path.is_symlink() else decode(path.read_bytes())
    except OSError:
        return ""
