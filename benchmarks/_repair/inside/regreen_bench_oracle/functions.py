"""A function in two versions: its code found in the running program, and swapped where it stands."""

import gc
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SPREAD, SPREAD_NAMES = 0x04, 0x08  # inspect.CO_VARARGS, CO_VARKEYWORDS


class Unfit(Exception):
    """The patched code cannot stand where the true code stood."""


@dataclass(frozen=True)
class Twin:
    """The place of one function in the true file, and its code in other versions of the file, by their names."""

    file: str
    name: str
    line: int
    codes: dict[str, types.CodeType]

    def is_code(self, code: types.CodeType) -> bool:
        return code.co_firstlineno == self.line and code.co_name == self.name and code.co_filename == self.file

    def holders(self) -> list[types.FunctionType]:
        """Every function object with the true code."""
        return [item for item in gc.get_objects() if type(item) is types.FunctionType and self.is_code(item.__code__)]


def code_at(code: types.CodeType, name: str, line: int) -> types.CodeType:
    """The code of the function that begins at a line of a compiled file."""
    for found in _codes(code):
        if found.co_name == name and found.co_firstlineno == line:
            return found
    raise Unfit(f"no {name} at line {line}")


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield part
            yield from _codes(part)


def parameters(code: types.CodeType) -> tuple[str, ...]:
    """The names of all parameters, those of `*` and `**` last."""
    spreads = bool(code.co_flags & SPREAD) + bool(code.co_flags & SPREAD_NAMES)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + spreads]


def call(code: types.CodeType, space: dict[str, Any], arguments: dict[str, Any], cells: dict[str, Any]) -> Any:
    """Call a code with all of its arguments by name; `cells` hold what it takes from functions around it."""
    if not cells.keys() >= set(code.co_freevars) or set(parameters(code)) != set(arguments):
        raise Unfit("it takes other arguments or other names from around it")
    function = types.FunctionType(code, space, code.co_name, None, tuple(cells[name] for name in code.co_freevars))
    names = list(parameters(code))
    spread_names = arguments[names.pop()] if code.co_flags & SPREAD_NAMES else {}
    spread = arguments[names.pop()] if code.co_flags & SPREAD else ()
    ordered = [arguments[name] for name in names[: code.co_argcount]]
    by_name = {name: arguments[name] for name in names[code.co_argcount :]}
    return function(*ordered, *spread, **by_name, **spread_names)


def swap(holders: list[types.FunctionType], code: types.CodeType) -> None:
    """Put a code into functions."""
    for function in holders:
        if len(function.__code__.co_freevars) != len(code.co_freevars):
            raise Unfit("it takes other names from around it")
        function.__code__ = code
