"""What a text names: files, identifiers and quoted strings that can be looked up in a repository."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_EACH = 12

_PATH = re.compile(r"(?<![\w/.])(?:[\w.-]+/)*[\w-]+\.[a-z]{1,5}\b")
_QUOTED = re.compile(r"`+([^`\n]{3,80})`+|\"([^\"\n]{3,80})\"|(?<!\w)'([^'\n]{3,80})'(?!\w)")
# snake_case, CamelCase with two humps, anything that is called; single common words say nothing.
_NAME = re.compile(
    r"\b(?:[A-Za-z]\w*_\w*[A-Za-z0-9]|_\w*[A-Za-z0-9]|[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+|[A-Za-z_]\w{2,}(?=\())"
)
_DOTTED = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\b")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w{2,}")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Each in the order of the text, without repeats, twelve at most."""

    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()


def mentions(text: str) -> Mentions:
    """The files, identifiers and quoted strings a text names; whether they exist is another question."""
    quoted = [next(filter(None, match.groups())).strip() for match in _QUOTED.finditer(text)]
    names = [match.group() for match in _NAME.finditer(text)]
    names += [part for match in _DOTTED.finditer(text) for part in match.group().split(".") if len(part) > 2]
    names += [word for word in quoted if _IDENTIFIER.fullmatch(word)]
    paths = [match.group() for match in _PATH.finditer(text)]
    in_paths = {part for path in paths for part in re.split(r"[/.]", path)}
    strings = [word for word in quoted if not _IDENTIFIER.fullmatch(word) and not _PATH.fullmatch(word)]
    return Mentions(_first(paths), _first(name for name in names if name not in in_paths), _first(strings))


def _first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))[:MAX_EACH]
