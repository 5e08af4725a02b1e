"""A small patch that asks for one word more, which the failing tests spell out: it may be meant, or cater to them."""

from __future__ import annotations

import ast
import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from agent.repair.words import words_of
from tools.patch import Change, decode
from tools.testing.results import Failure

SPELLED = "what the patch lists or asks for differs by a word of the failing tests: {!r}"
MOST_MORE = 2


def spelled(changes: Sequence[Change], failures: Iterable[Failure]) -> tuple[str, ...]:
    """A sentence on it, or none. A text in place of another one is not meant, nor are patches that add many."""
    texts: Counter[str] = Counter()
    for change in changes:
        texts.update(_texts(change.after))
        texts.subtract(_texts(change.before))
    more, fewer = +texts, -texts
    if (more and fewer) or len(more) > MOST_MORE or len(fewer) > MOST_MORE:
        return ()
    words = {word.casefold() for word in words_of(failures)}
    return tuple(SPELLED.format(text) for text in (*more, *fewer) if text.casefold() in words)


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
