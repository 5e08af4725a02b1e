"""A small patch that asks for one word more, which the failing tests spell out: it may be meant, or cater to them."""

from __future__ import annotations

import ast
import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from agent.repair.words import words_of
from tools.difference import changed_lines
from tools.patch import Change, decode, split_lines
from tools.testing.results import Failure

SPELLED = "what the patch lists or asks for differs by a word of the failing tests: {!r}"
MOST_MORE, MOST_LINES = 2, 3


def spelled(changes: Sequence[Change], failures: Iterable[Failure]) -> tuple[str, ...]:
    """A sentence on it, or none. A text in place of another one is not meant, nor are patches that do more."""
    if len(changes) != 1 or _lines(changes[0]) > MOST_LINES:
        return ()
    texts = _texts(changes[0].after)
    texts.subtract(_texts(changes[0].before))
    more, fewer = +texts, -texts
    if (more and fewer) or len(more) > MOST_MORE or len(fewer) > MOST_MORE:
        return ()
    words = {word.casefold() for word in words_of(failures)}
    return tuple(SPELLED.format(text) for text in (*more, *fewer) if text.casefold() in words)


def _lines(change: Change) -> int:
    """How many lines are new, or were there."""
    now, was = (split_lines(decode(content or b"")) for content in (change.after, change.before))
    return sum(max(last - first, end - start) for _, first, last, start, end in changed_lines(now, was))


def _texts(content: bytes | None) -> Counter[str]:
    """Texts that something is compared with, or that a collection or table holds: not what is answered."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        found = chain.from_iterable(map(_held, ast.walk(ast.parse(decode(content or b"")))))
        return Counter(one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return Counter()


def _held(node: ast.AST) -> Sequence[ast.expr | None]:
    match node:
        case ast.Compare():
            return [node.left, *node.comparators]
        case ast.Tuple() | ast.List() | ast.Set():
            return node.elts
        case ast.Dict():
            return node.keys
        case ast.MatchValue():
            return [node.value]
    return ()
