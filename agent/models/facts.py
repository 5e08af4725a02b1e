"""Reads a file of facts about models: TOML, each value checked, every complaint naming the file and the key."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

from agent.core.errors import UsageProblem
from agent.models.card import Api, PatchFormat, Price, Source

ROLES = ("strong", "fast", "cheap")
PARAMETERS = ("parallel_tool_calls", "strict", "temperature", "reasoning_effort", "stream", "max_tokens")

Reader = Callable[[object], Any]
# The checked fields of a card that one file states.
Facts = Mapping[str, Any]


def read_facts(path: Path) -> tuple[dict[str, Facts], dict[str, str]]:
    """The facts of each model in a file, and its roles; nothing when there is no file. UsageProblem when it is bad."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}, {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path}: not valid TOML: {error}", "mend or remove the file") from error
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror}", "make the file readable or remove it") from error
    try:
        read = _record({"models": _by_name(_record(READERS)), "roles": _record(dict.fromkeys(ROLES, _text))})(table)
    except _Wrong as wrong:
        raise UsageProblem(
            f"{path}: {'.'.join(wrong.keys)}: {wrong.what}", "mend the file or remove the key"
        ) from wrong
    return read.get("models", {}), read.get("roles", {})


class _Wrong(ValueError):
    """A value that is not what its key wants."""

    def __init__(self, what: str, *keys: str) -> None:
        super().__init__(what, *keys)
        self.what = what
        self.keys = keys


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(f"{value!r} is not a text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise _Wrong(f"{value!r} is not a whole number above 0")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < float("inf"):
        raise _Wrong(f"{value!r} is not a number of 0 or more")
    return float(value)


def _day(value: object) -> date:
    if type(value) is not date:
        raise _Wrong(f"{value!r} is not a day like 2027-01-14, without quotes")
    return value


def _one_of(choices: tuple[str, ...]) -> Reader:
    def chosen(value: object) -> str:
        if value not in choices:
            raise _Wrong(f"{value!r} is not one of {', '.join(choices)}")
        return str(value)

    return chosen


def _many(read: Reader) -> Reader:
    def items(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Wrong(f"{value!r} is not a list")
        return tuple(_read_below(str(number), read, item) for number, item in enumerate(value, 1))

    return items


def _by_name(read: Reader) -> Reader:
    def table(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _Wrong("it is not a table")
        return {name: _read_below(name, read, item) for name, item in value.items()}

    return table


def _record(readers: Mapping[str, Reader], required: tuple[str, ...] = ()) -> Reader:
    def record(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _Wrong("it is not a table")
        missing = [key for key in required if key not in value]
        if missing:
            raise _Wrong(f"{missing[0]} is missing")
        return {key: _read_below(key, readers.get(key, _unknown(readers)), item) for key, item in value.items()}

    return record


def _unknown(known: Mapping[str, Reader]) -> Reader:
    def refuse(value: object) -> object:
        raise _Wrong(f"there is no such key; known keys: {', '.join(known)}")

    return refuse


def _read_below(key: str, read: Reader, value: object) -> Any:
    try:
        return read(value)
    except _Wrong as wrong:
        raise _Wrong(wrong.what, key, *wrong.keys) from None


def _prices(value: object) -> tuple[Price, ...]:
    keys = ("input", "output", "cached_input", "cache_write")
    tier = _record({**dict.fromkeys(keys, _number), "above_input_tokens": _count}, ("input", "output"))
    prices = tuple(Price(**row) for row in _many(tier)(value))
    if len({price.above_input_tokens for price in prices} | {0}) != len(prices):
        raise _Wrong("it wants one entry without above_input_tokens, and different ones in the others")
    return prices


def _sources(value: object) -> tuple[Source, ...]:
    rows = _many(_record({"at": _text, "facts": _many(_text), "read": _day}, ("at", "facts")))(value)
    return tuple(Source(**row) for row in rows)


READERS: dict[str, Reader] = {
    "same_as": _text,
    "api": _one_of(get_args(Api)),
    "context_tokens": _count,
    "max_input_tokens": _count,
    "max_output_tokens": _count,
    "prices": _prices,
    "modalities": _many(_text),
    "parameters": _many(_one_of(PARAMETERS)),
    "reasoning_efforts": _many(_text),
    "reasoning_effort": _text,
    "temperature": _number,
    "patch_format": _one_of(get_args(PatchFormat)),
    "shutdown": _day,
    "replacement": _text,
    "sources": _sources,
}
