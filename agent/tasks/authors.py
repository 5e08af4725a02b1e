"""Who wrote an issue and its comments, where the source says so, and whose text may be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue; `author` is "" where the source does not say."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Readable:
    """The comments that may be read, and a sentence on those that may not, "" where all may."""

    comments: tuple[Comment, ...] = ()
    left_out: str = ""


def author_of(row: Mapping[str, Any]) -> str:
    """The login of who wrote an issue or a comment, as `gh`, GitHub's API or front matter name it; "" for nobody."""
    for field in ("author", "user"):
        named = row.get(field)
        if isinstance(named, Mapping):
            named = named.get("login") or named.get("name")
        if isinstance(named, str) and named.strip():
            return named.strip().removeprefix("@")
    return ""


def comments_of(row: Mapping[str, Any]) -> tuple[Comment, ...]:
    """The comments in an issue as `gh --json comments` writes them; what is none is left out."""
    found = row.get("comments")
    rows = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []
    return tuple(Comment(author_of(one), one["body"]) for one in rows if isinstance(one.get("body"), str))


def is_allowed(author: str, authors: Iterable[str]) -> bool:
    """Whether someone's text may be read: an empty list lets everyone through, any other only those it names."""
    allowed = {name.strip().removeprefix("@").casefold() for name in authors}
    return not allowed or author.casefold() in allowed


def why_not(author: str) -> str:
    """Why an issue may not be read, as the end of a sentence."""
    return f"it is by {author}, who is not among `authors`" if author else "it does not say who wrote it"


def readable(comments: Sequence[Comment], authors: Sequence[str]) -> Readable:
    """The comments of allowed authors; one that nobody signed is let through by an empty list alone."""
    kept = tuple(one for one in comments if is_allowed(one.author, authors))
    others = list(dict.fromkeys(one.author or "unknown" for one in comments if one not in kept))
    count = len(comments) - len(kept)
    left_out = f"{count} of {len(comments)} comments are left out, by {', '.join(others)}" if count else ""
    return Readable(kept, left_out)
