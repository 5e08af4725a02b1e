"""Checks over decided changes; each raises a PatchError or lets the change pass."""

import ast
import warnings
from collections.abc import Callable
from symtable import symtable

from tools.errors import PatchError
from tools.patch.encoding import read
from tools.patch.types import Change, numbered, split_lines

Check = Callable[[Change], None]


def still_parses(change: Change) -> None:
    """Refuse to turn Python that parses into Python that does not; a file we cannot read today is let pass."""
    if change.before is None or change.after is None or not change.path.endswith((".py", ".pyi")):
        return
    for read_python in READERS:
        error = _syntax_error(read_python, change.after)
        if error is None:
            return
        if _syntax_error(read_python, change.before) is None:
            raise _no_longer_parses(change, change.after, error)


def _no_longer_parses(change: Change, after: bytes, error: SyntaxError) -> PatchError:
    line = error.lineno or 0
    lines = split_lines(read(change.path, after)[0])
    shown = numbered(lines[max(line - 3, 0) : line + 1], max(line - 2, 1))
    message = f"{change.path}: line {line} would no longer parse: {error.msg}\n{shown}"
    return PatchError("syntax", message, "mend the patch so that the whole file parses", change.path, line)


def _scope(source: bytes) -> object:
    return symtable(source, "", "exec")  # type: ignore[arg-type]  # takes bytes, as compile does


# The first is quicker, having no tree to build, and sees more; a file that never got past it may still parse.
READERS: tuple[Callable[[bytes], object], ...] = (_scope, ast.parse)


def _syntax_error(read_python: Callable[[bytes], object], source: bytes) -> SyntaxError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read_python(source)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        # Too deep or too odd for our parser: that says nothing about the target's.
        return None
    return None


DEFAULT_CHECKS: tuple[Check, ...] = (still_parses,)
