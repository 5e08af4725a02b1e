"""Inputs like those that tests gave: one or two values in them made a little different, or taken from another call."""

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Arguments = dict[str, Any]
ODD_TEXTS = ("", " ", "a", "A b", "-1", "0", "é", "x" * 40, "a\nb", "%s", "_", "a.b")
INSERTED = (" aZ0-_.,:/\\\n'", "éß漢\N{NO-BREAK SPACE}")  # plain characters, and those that are more than a byte
OWN_STATE = 0.3  # of the variants of a method change its object


def _number(value: int, chance: random.Random) -> int:
    return chance.choice([value + 1, value - 1, -value, 0, 1, 2, value * 2, value + 10, value * 1000])


def _real(value: float, chance: random.Random) -> float:
    return chance.choice([value + 0.5, -value, 0.0, value * 1000, value / 1000, value + 1, float(round(value))])


def _text(value: str, chance: random.Random) -> str:
    at = chance.randrange(len(value) + 1)
    return chance.choice([
        value[:at] + value[at + 1 :], value[:at] + chance.choice(chance.choice(INSERTED)) + value[at:], value[:at],
        value[at:], value.upper(), value.lower(), value.title(), value + value, f" {value} ", value[::-1],
        value + value[-1:], chance.choice(ODD_TEXTS),
    ])  # fmt: skip


def _bytes(value: bytes, chance: random.Random) -> bytes:
    return _text(value.decode("latin-1"), chance).encode("latin-1", "replace")


def _list(value: list[Any], chance: random.Random) -> list[Any]:
    at = chance.randrange(len(value) + 1)
    options = [value[:at], value[at:], value[:at] + value[at + 1 :], value + value[-1:], value[::-1], []]
    if value:
        at = at % len(value)
        options += [[*value[:at], changed(value[at], chance), *value[at + 1 :]]] * 4
    return chance.choice(options)


def _tuple(value: tuple[Any, ...], chance: random.Random) -> tuple[Any, ...]:
    if not value:
        return value
    at = chance.randrange(len(value))
    return (*value[:at], changed(value[at], chance), *value[at + 1 :])


def _dict(value: dict[Any, Any], chance: random.Random) -> dict[Any, Any]:
    if not value:
        return value
    key = chance.choice(list(value))
    if chance.random() < 0.3:
        return {name: part for name, part in value.items() if name is not key}
    return {**value, key: changed(value[key], chance)}


def _set(value: set[Any], chance: random.Random) -> set[Any]:
    return set(_list(sorted(value, key=repr), chance))


CHANGES: dict[type, Callable[[Any, random.Random], Any]] = {
    bool: lambda value, chance: not value, int: _number, float: _real, str: _text, bytes: _bytes, list: _list,
    tuple: _tuple, dict: _dict, set: _set, frozenset: lambda value, chance: frozenset(_set(set(value), chance)),
}  # fmt: skip


def changed(value: Any, chance: random.Random) -> Any:
    """A value of the same type, a little different; the value itself when its type is none we can change."""
    change = CHANGES.get(type(value))
    return change(value, chance) if change is not None else value


def variant(arguments: Arguments, pool: Mapping[str, Sequence[Any]], chance: random.Random) -> Arguments:
    """Other arguments; `pool` has values that other calls had for the same parameter. The given ones are kept."""
    found = dict(arguments)
    for _ in range(chance.choice([1, 1, 2])):
        name = chance.choice(list(found))
        if chance.random() < 0.3 and pool.get(name):
            found[name] = chance.choice(pool[name])
        elif name == "self" and chance.random() < OWN_STATE:
            found[name] = _with_other_state(found[name], chance)
        else:
            found[name] = changed(found[name], chance)
    return found


def _with_other_state(value: Any, chance: random.Random) -> Any:
    """A copy of an object with one plain attribute changed, where it has any."""
    names = [name for name, part in getattr(value, "__dict__", {}).items() if type(part) in CHANGES]
    if not names:
        return value
    other, name = copy.copy(value), chance.choice(names)
    other.__dict__[name] = changed(value.__dict__[name], chance)
    return other
