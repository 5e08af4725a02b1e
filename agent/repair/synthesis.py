"""Expressions that are worth something else than the suspicious one where the failing tests run it.

What the tests need there is not guessed: expressions of the pool (pool.py) are looked at in the lab, and of those that
are worth the same in all failing runs a few are tried, those that keep most of what passing runs had there. So each
value that can be had at a place is tried, as an oracle would (angelic values: Chandra et al., 2011; synthesis by
observed values and for conditions by their truth: Nopol, Xuan et al., 2017).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from agent.core.task import Suspect
from agent.repair.candidate import Site
from agent.repair.ingredients import bound_names
from agent.repair.pool import PURE_FUNCTIONS, Types, composed, is_one_line, is_pure, parts
from agent.repair.precedence import AND, ATOM, NOT, OR, level
from agent.repair.rank import Ranked
from agent.repair.source import Module
from agent.repair.splice import parses, unit_of
from agent.repair.templates.boolean import is_condition
from tools.testing.lab.lab import Lab
from tools.testing.lab.said import Sight, Statement

TEMPLATE, PRIOR = "observed-value", 0.05
MOST_LINES, FAILING_SIGHTS, PASSING_SIGHTS = 30, 6, 12
MOST_TARGETS = 6
MOST_EFFECTS, MOST_ALIKE = 8, 3  # at one expression; where one is right, those alike are its rivals
# A value of which nothing is kept that several passing runs had is none that they can do without.
SIGHTS_THAT_TELL = 2

Values = tuple[int, ...]
Truth = bool | None
Truths = tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A suspicious statement, its expressions that may be replaced, and what it is looked at with."""

    module: Module
    lines: range
    score: float
    nodes: tuple[ast.expr, ...]
    parts: tuple[str, ...]

    def texts(self, more: Sequence[str] = ()) -> list[str]:
        """What to look at when its line runs; first its own expressions, in parentheses that may hold several lines."""
        own = (self.module.segment(node) for node in self.nodes)
        return [*(f"({text})" if "\n" in text else text for text in own), *self.parts, *more]


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression, how it binds, how many expressions it adds or takes away, its names; its number in the sights."""

    number: int
    text: str
    binding: int
    size: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Offer:
    """A piece for a place, what it is worth in the failing runs, and the share of passing runs that it keeps."""

    piece: Piece
    effect: Values | Truths
    kept: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a spot: its pieces, and its distinct failing and passing runs."""

    spot: Spot
    pieces: tuple[Piece, ...]
    failing: tuple[Sight, ...]
    passing: tuple[Sight, ...]


def synthesized(
    lab: Lab,
    modules: Mapping[str, Module],
    suspects: Sequence[Suspect],
    targets: Sequence[str],
    covering: Callable[[Sequence[tuple[str, int]]], Sequence[str]],
) -> list[Ranked]:
    """Edits that give a suspicious expression another value in the failing runs, best first.

    `covering` gives passing tests for places (path, line).
    """
    spots = list(_spots(modules, suspects))
    red = tuple(targets[:MOST_TARGETS])
    green = covering([(spot.module.path, spot.lines[0]) for spot in spots])
    first = _looked_at(lab, [(spot, spot.texts()) for spot in spots], red, FAILING_SIGHTS)
    asked = [
        (spot, spot.texts(composed(_types(spot, sights)))) for spot, sights in zip(spots, first, strict=True) if sights
    ]
    failing = _looked_at(lab, asked, red, FAILING_SIGHTS)
    passing = _looked_at(lab, asked, green, PASSING_SIGHTS)
    found: list[Ranked] = []
    for (spot, texts), now, before in zip(asked, failing, passing, strict=True):
        found += _at(Seen(spot, tuple(_pieces(texts)), now, before))
    return sorted(found, key=lambda item: -item.score)


def _looked_at(
    lab: Lab, asked: Sequence[tuple[Spot, Sequence[str]]], tests: Sequence[str], limit: int
) -> Sequence[tuple[Sight, ...]]:
    statements = [Statement(spot.module.path, spot.lines[0], spot.lines[-1], texts) for spot, texts in asked]
    return lab.see(statements, tests, limit) if tests and statements else [()] * len(statements)


def _pieces(texts: Sequence[str]) -> Iterator[Piece]:
    """What can be put elsewhere: on one line, a tuple in parentheses."""
    for number, text in enumerate(texts):
        if is_one_line(text) and (tree := _parsed(text)) is not None:
            is_open = isinstance(tree, ast.Tuple) and tree.elts != [] and tree.elts[0].col_offset == 0
            binding = ATOM if isinstance(tree, ast.Tuple) else level(tree)
            yield Piece(number, f"({text})" if is_open else text, binding, _size(tree), _names(tree))


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):  # a part of something else, like a format
        return None


def _spots(modules: Mapping[str, Module], suspects: Sequence[Suspect]) -> Iterator[Spot]:
    """The statements of the most suspicious lines that stand in functions and hold expressions, each once."""
    seen: set[ast.stmt] = set()
    for suspect in sorted(suspects, key=lambda one: -one.score):
        module = modules.get(suspect.path)
        if module is None or len(seen) >= MOST_LINES:
            continue
        found = dict.fromkeys(module.statement_of(node) for node in module.nodes_on([suspect.line]))
        for statement in (one for one in found if one not in seen):
            seen.add(statement)
            yield from _spot(module, statement, suspect.score)


def _spot(module: Module, statement: ast.stmt, score: float) -> Iterator[Spot]:
    lines = module.own_lines(statement)
    own = (node for node in module.nodes_on(lines) if isinstance(node, ast.expr))
    nodes = tuple(node for node in own if module.statement_of(node) is statement and _is_replaceable(module, node))
    if nodes and module.function_of(statement) is not None:
        yield Spot(module, lines, score, nodes, tuple(parts(module, nodes[0])))


def _is_replaceable(module: Module, node: ast.expr) -> bool:
    """Whether an expression is evaluated by its function itself, and can be evaluated once more without harm."""
    is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    in_place = module.links.scopes[node] is module.function_of(node) and not _is_matched(module, node)
    return is_read and in_place and module.field(node) != "func" and is_pure(node, bound_names(module, node))


def _is_matched(module: Module, node: ast.AST | None) -> bool:
    """Whether it stands in a pattern, where a name does not mean its value."""
    while node is not None and not isinstance(node, (ast.stmt, ast.pattern)):
        node = module.parent(node)
    return isinstance(node, ast.pattern)


def _types(spot: Spot, seen: Sequence[Sight]) -> Types:
    """The types that each part had; none for one that only raised."""
    at = len(spot.nodes)
    kinds = {
        part: frozenset(sight.types[sight.values[at + number]] for sight in seen if sight.values[at + number])
        for number, part in enumerate(spot.parts)
    }
    return {part: found for part, found in kinds.items() if found}


def _at(seen: Seen) -> Iterator[Ranked]:
    for number, node in enumerate(seen.spot.nodes):
        site = Site(seen.spot.module, node, TEMPLATE, PRIOR)
        offers = _questions(seen, site, node, number) if is_condition(site, node) else _values(seen, number)
        for offer in _best(offers):
            made = site.replace(node, offer.piece.text, offer.piece.binding)
            if parses(seen.spot.module, unit_of(seen.spot.module, node), made.edit):
                yield Ranked(made, seen.spot.score**2 * PRIOR * (0.2 + offer.kept) / offer.piece.size**0.5)


def _best(offers: Iterable[Offer]) -> list[Offer]:
    """The best effects on the failing runs, each by a few that keep most and are smallest, of other names each."""
    alike: dict[Values | Truths, dict[frozenset[str], Offer]] = {}
    for offer in sorted(offers, key=lambda offer: (-offer.kept, offer.piece.size)):
        alike.setdefault(offer.effect, {}).setdefault(offer.piece.names, offer)
    return [offer for found in islice(alike.values(), MOST_EFFECTS) for offer in islice(found.values(), MOST_ALIKE)]


def _values(seen: Seen, number: int) -> Iterator[Offer]:
    """Expressions of the type that is there, or of any in place of None, with another value in a failing run.

    What is spelled out is none: it would be what this test wants and no other.
    """
    now = tuple(sight.values[number] for sight in seen.failing)
    for piece in seen.pieces:
        effect = tuple(sight.values[piece.number] for sight in seen.failing)
        is_fitting = all(_fits(sight, number, piece.number) for sight in seen.failing)
        if effect != now and is_fitting and piece.names - PURE_FUNCTIONS:
            kept = [sight.values[number] == sight.values[piece.number] for sight in seen.passing]
            yield from _offers(piece, effect, kept)


def _fits(sight: Sight, number: int, other: int) -> bool:
    is_there, would_be = sight.types[sight.values[number]], sight.types[sight.values[other]]
    return bool(would_be) and (is_there == would_be or not is_there or "NoneType" in (is_there, would_be))


def _questions(seen: Seen, site: Site, node: ast.expr, number: int) -> Iterator[Offer]:
    """Other questions, and the question that is there with one more, which are answered otherwise in a failing run."""
    now, before = _truths(seen.failing, number), _truths(seen.passing, number)
    ways = _ways(site, node)
    for piece in seen.pieces:
        asked, was = _truths(seen.failing, piece.number), _truths(seen.passing, piece.number)
        if set(asked) == {None} or not piece.names - PURE_FUNCTIONS:
            continue
        for join, written in ways:
            effect = tuple(map(join, now, asked))
            if effect != now and None not in effect:
                kept = [join(one, two) == one for one, two in zip(before, was, strict=True)]
                yield from _offers(written(piece), effect, kept)


def _ways(site: Site, node: ast.expr) -> Sequence[tuple[Callable[[Truth, Truth], Truth], Callable[[Piece], Piece]]]:
    """How a question can be asked in place of one or beside it: its answer by theirs, and how it is written.

    Before it where that may raise: `x is not None and x.size > 3`.
    """
    own, names = _size(node), _names(node)

    def written(form: str, binding: int, needed: int) -> Callable[[Piece], Piece]:
        question = site.operand(node, binding + form.startswith("{piece}"))

        def fill(piece: Piece) -> Piece:
            part = piece.text if piece.binding >= needed else f"({piece.text})"
            text = form.format(own=question, piece=part)
            return Piece(piece.number, text, binding, piece.size + form.count("not") + 1, piece.names | names)

        return fill

    return (
        (lambda one, two: two, lambda piece: replace(piece, size=piece.size + own)),
        (_both, written("{own} and {piece}", AND, NOT)),
        (lambda one, two: _both(one, _opposite(two)), written("{own} and not {piece}", AND, NOT)),
        (_either, written("{own} or {piece}", OR, AND)),
        (lambda one, two: _either(one, _opposite(two)), written("{own} or not {piece}", OR, NOT)),
        (lambda one, two: _both(two, one), written("{piece} and {own}", AND, NOT)),
        (lambda one, two: _either(_opposite(two), one), written("not {piece} or {own}", OR, NOT)),
    )


def _both(one: Truth, two: Truth) -> Truth:
    """What `one and two` is for: the second is not asked where the first says no; None where what is asked raises."""
    return two if one else one


def _either(one: Truth, two: Truth) -> Truth:
    return two if one is False else one


def _size(tree: ast.AST) -> int:
    return sum(isinstance(node, ast.expr) for node in ast.walk(tree))


def _names(tree: ast.AST) -> frozenset[str]:
    """Variables and attributes."""
    named = (node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute)))
    return frozenset(node.id if isinstance(node, ast.Name) else node.attr for node in named)


def _truths(sights: Sequence[Sight], number: int) -> Truths:
    return tuple(sight.truths[value] if (value := sight.values[number]) else None for sight in sights)


def _opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _offers(piece: Piece, effect: Values | Truths, kept: Sequence[bool]) -> Iterator[Offer]:
    """The offer of a piece, unless nothing of several passing runs is kept."""
    if any(kept) or len(kept) < SIGHTS_THAT_TELL:
        yield Offer(piece, effect, sum(kept) / len(kept) if kept else 0.5)
