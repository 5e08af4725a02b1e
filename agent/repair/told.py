"""What the failing tests say themselves: the exception that nobody caught, and what came out beside what they want.

A failed comparison names two values. Where they differ in a text or a number that the code spells out, the code's own
literal is changed as the one value would have to be to become the other.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import TypeGuard

from agent.repair.bindings import Kind
from agent.repair.candidate import Candidate, Site, quoted
from agent.repair.precedence import ATOM, UNARY
from agent.repair.source import Module
from agent.repair.splice import parses, unit_of
from agent.repair.templates.strings import body_of
from agent.repair.words import ENTRIES, MOST_WORDS, appended, entries, worded, words_of
from tools.testing.results import Failure

EXCEPTION, TEXT, NUMBER, ELEMENT = 0.30, 0.35, 0.20, 0.15  # how often such an edit is right
MOVED = 0.3  # of a number's, where but one comparison asks for it: any of a sum can be moved so that it comes out
TABLE = "told-table"
TABLES = frozenset({TABLE, ENTRIES})  # what lies outside of functions
MOST_PAIRS, MOST_PLACES, LONGEST = 12, 4, 2000
MOST_HELD, LONGEST_HELD = 8, 40
LARGE = 10**15
_TESTS_OWN = {"AssertionError", "Failed"}
_MATCHED = re.compile(r"(?:Expected regex|Regex): (?P<wanted>.+)\n\s*(?:Actual message|Input): (?P<got>.+)")
_ESCAPED = re.compile(r"\\(\W)")
_NOT_PLAIN = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)  # shortened, or more than literals
_UNITTESTS = re.compile(r"^(?:\w+ differ: )?")


@dataclass(frozen=True, slots=True)
class Told:
    """Names of exceptions that left the code, and pairs of texts and of numbers of which one should be the other.

    `held` are short texts that variables held where the code crashed, `words` those of the tests' own texts.
    """

    exceptions: tuple[str, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    numbers: tuple[tuple[float, float], ...] = ()
    held: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, failures: Iterable[Failure]) -> Told:
        """What these failures tell, in their order."""
        listed = list(failures)
        raised = [name for one in listed for name in (one.exception, *(said.split(":")[0] for said in one.chain))]
        names = dict.fromkeys(name.rpartition(".")[2] for name in raised)
        pairs = list(dict.fromkeys(pair for one in listed for pair in _pairs(one)))
        return cls(
            tuple(name for name in names if name.isidentifier() and name not in _TESTS_OWN),
            tuple(pair for pair in pairs if isinstance(pair[0], str))[:MOST_PAIRS],
            tuple(pair for pair in pairs if not isinstance(pair[0], str))[:MOST_PAIRS],
            tuple(dict.fromkeys(text for one in listed for text in _held(one)))[:MOST_HELD],
            words_of(listed, MOST_WORDS),
        )


def as_told(module: Module, told: Told, lines: Collection[int]) -> Iterator[Candidate]:
    """Edits at these lines (1-based) that do what the failures ask for; every result parses."""
    for node in module.nodes_on(lines):
        found = chain(
            _caught(Site(module, node, "told-exception", EXCEPTION), told),
            _reworded(Site(module, node, "told-text", TEXT), told),
            _recounted(Site(module, node, "told-number", NUMBER), told),
            _extended(Site(module, node, "told-element", ELEMENT), told),
            worded(module, node, told.words),
        )
        yield from (one for one in found if parses(module, unit_of(module, node), one.edit))


def in_tables(module: Module, told: Told) -> Iterator[Candidate]:
    """Texts outside of functions, which no test is seen to run, changed where that alone makes one value the other, and
    words that tables lack there.
    """
    for node in module.nodes if told.texts else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and module.function_of(node) is None:
            found = _reworded(Site(module, node, TABLE, TEXT), told, alone=True)
            yield from (one for one in found if parses(module, unit_of(module, node), one.edit))
    yield from entries(module, told.words)


def _caught(site: Site, told: Told) -> Iterator[Candidate]:
    """`except (A, B)` for `except A`, where B is what got past it."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Name | ast.Attribute | ast.Tuple) or module.field(node) != "type":
        return
    if not isinstance(module.parent(node), ast.ExceptHandler):
        return
    caught = [module.segment(one) for one in (node.elts if isinstance(node, ast.Tuple) else [node])]
    classes = {b.name for b in module.names(node) if b.kind in (Kind.CLASS, Kind.IMPORT)}
    for name in told.exceptions:
        is_known = name in classes or _error(name) is not None
        if is_known and name not in caught and not any(_is_kind_of(name, one) for one in caught):
            yield site.replace(node, f"({', '.join([*caught, name])})")


def _error(name: str) -> type[BaseException] | None:
    """A built-in exception."""
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _is_kind_of(name: str, other: str) -> bool:
    one, caught = _error(name), _error(other)
    return one is not None and caught is not None and issubclass(one, caught)


def _reworded(site: Site, told: Told, *, alone: bool = False) -> Iterator[Candidate]:
    """A text that is part of what came out, as it is in what is wanted; `alone` where nothing else differs."""
    body = body_of(site)
    if body is None or not body[0] or isinstance(site.module.parent(site.node), ast.Expr):
        return
    text, span = body
    pairs = [pair for one, other in told.texts for pair in ((one, other), (other, one))]
    found = (new for got, wanted in pairs for new in _moved(text, got, wanted, alone=alone))
    for new in dict.fromkeys(found):
        if new != text and _is_plain(new):
            yield site.splice(span, new, f'"{text}" becomes "{new}", as the failing test has it')


def _moved(text: str, got: str, wanted: str, *, alone: bool) -> Iterator[str]:
    """What a part of one text is in the other, wherever it stands and all changes are inside of it or outside."""
    at, places = got.find(text), []
    while at >= 0:
        places.append(at)
        at = got.find(text, at + 1)
    if not 0 < len(places) <= MOST_PLACES:
        return
    changes = _changes(got, wanted)
    for start in places:
        end = start + len(text)
        inside = [row for row in changes if start <= row[1] and row[2] <= end]
        across = [row for row in changes if row not in inside and row[1] < end and start < row[2]]
        if inside and not across:
            new = text
            for _, first, last, begin, stop in reversed(inside):
                new = new[: first - start] + wanted[begin:stop] + new[last - start :]
            if not alone or got[:start] + new + got[end:] == wanted:
                yield new


@lru_cache(maxsize=2 * MOST_PAIRS)
def _changes(got: str, wanted: str) -> list[tuple[str, int, int, int, int]]:
    opcodes = difflib.SequenceMatcher(None, got, wanted, autojunk=False).get_opcodes()
    return [row for row in opcodes if row[0] != "equal"]


def _recounted(site: Site, told: Told) -> Iterator[Candidate]:
    """A number that came out as the one that is wanted, or moved as far as that one is away."""
    value = _number(site)
    if value is None or not isinstance(site.node, ast.expr):
        return
    pairs = [pair for one, other in told.numbers for pair in ((one, other), (other, one))]
    wanted: dict[float, float] = {new: 1.0 for got, new in pairs if got == value}
    moved = Counter(value + new - got for got, new in pairs if type(value) is type(got) is type(new) is int)
    for there, times in moved.items():
        wanted.setdefault(there, 1.0 if times > 1 else MOVED)
    for new, weight in wanted.items():
        if new != value:
            yield site.replace(site.node, repr(new), ATOM if new >= 0 else UNARY, weight)


def _number(site: Site) -> float | None:
    """The number that a literal spells with its sign; None for anything else, and for a sign's own operand."""
    node, sign = site.node, 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
    elif isinstance(site.module.parent(node), ast.UnaryOp):
        return None
    value = node.value if isinstance(node, ast.Constant) else None
    return sign * value if _is_number(value) and value < LARGE else None


def _extended(site: Site, told: Told) -> Iterator[Candidate]:
    """One more text among those that something may be `in`, or one more letter."""
    node, module = site.node, site.module
    if not _may_hold(module, node):
        return
    letters = body_of(site)
    if letters is not None:
        for text in (text for text in told.held if len(text) == 1 and text not in letters[0] and _is_plain(text)):
            yield site.splice((letters[1][1], letters[1][1]), text, f"`{text}` is added to the letters")
    if not isinstance(node, ast.Tuple | ast.List | ast.Set) or not node.elts:
        return
    spelled = [one for one in node.elts if getattr(one, "value", ...) is not None]
    known = [getattr(one, "value", None) for one in spelled]
    if known and all(isinstance(text, str) for text in known):
        quote = module.segment(spelled[-1])[-1]
        for text in told.held:
            if text not in known and _is_plain(text):
                yield appended(site, node, f"{quote}{text}{quote}", f"{quoted(text)} is added")


def _may_hold(module: Module, node: ast.AST) -> bool:
    """Whether it is asked of something whether it is `in` here."""
    parent = module.parent(node)
    if not isinstance(parent, ast.Compare) or node is parent.left or not isinstance(node, ast.expr):
        return False
    return isinstance(parent.ops[parent.comparators.index(node)], ast.In | ast.NotIn)


def _is_plain(text: str) -> bool:
    """Whether a text can stand between quotes as it is, whatever the kind of string."""
    return text.isprintable() and not set(text) & set("'\"\\{}")


def _held(failure: Failure) -> Iterator[str]:
    values = map(_value, failure.locals.values())
    yield from (value for value in values if isinstance(value, str) and 0 < len(value) <= LONGEST_HELD)


def _pairs(failure: Failure) -> Iterator[tuple[str, str] | tuple[float, float]]:
    for got, wanted in islice(_values(failure), MOST_PAIRS):
        yield from _differing(got, wanted)


def _values(failure: Failure) -> Iterator[tuple[object, object]]:
    """Two values of which the test says that they should be one."""
    matched = _MATCHED.search(failure.message)
    if matched:
        got, pattern = _value(matched["got"]), _value(matched["wanted"])
        yield got, _ESCAPED.sub(r"\1", pattern) if isinstance(pattern, str) else None
    first = (failure.assertion or failure.message).split("\n")[0]
    if first.startswith("expected ") and ", got " in first:  # a doctest's
        wanted, _, came = first.removeprefix("expected ").partition(", got ")
        yield _value(came), _value(wanted)
    if first.startswith("assert "):
        yield from _compared(first.removeprefix("assert "), (ast.Eq, ast.Is))
    else:  # as unittest says it
        yield from _compared(_UNITTESTS.sub("", failure.message.split("\n")[0]), ast.NotEq)


def _compared(text: str, sign: type[ast.cmpop] | tuple[type[ast.cmpop], ...]) -> Iterator[tuple[object, object]]:
    with contextlib.suppress(*_NOT_PLAIN):
        node = ast.parse(text[:LONGEST].strip(), mode="eval").body
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], sign):
            yield ast.literal_eval(node.left), ast.literal_eval(node.comparators[0])


def _value(text: str) -> object:
    with contextlib.suppress(*_NOT_PLAIN):
        return ast.literal_eval(text[:LONGEST].strip())
    return None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _differing(got: object, wanted: object) -> Iterator[tuple[str, str] | tuple[float, float]]:
    """Where two values differ, down to texts and numbers."""
    if got == wanted:
        return
    if isinstance(got, str) and isinstance(wanted, str):
        yield got, wanted
    if _is_number(got) and _is_number(wanted):
        yield got, wanted
    if isinstance(got, list | tuple) and isinstance(wanted, list | tuple) and len(got) == len(wanted):
        for one, other in zip(got, wanted, strict=True):
            yield from _differing(one, other)
    if isinstance(got, dict) and isinstance(wanted, dict):
        for key in [key for key in got if key in wanted]:
            yield from _differing(got[key], wanted[key])
