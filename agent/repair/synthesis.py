"""Expressions that are worth something else than the suspicious one where the failing tests run it.

What the tests need there is not guessed: expressions of the pool (pool.py) are looked at in the lab, and of those that
are worth the same in all failing runs a few are tried, those that keep most of what passing runs had there. So each
value that can be had at a place is tried, as an oracle would (angelic values: Chandra et al., 2011; synthesis by
observed values and for conditions by their truth: Nopol, Xuan et al., 2017).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice

from agent.core.task import Suspect
from agent.repair.candidate import Site
from agent.repair.pool import Types, composed, is_literal, is_pure, parts
from agent.repair.precedence import AND, NOT, OR, level
from agent.repair.rank import Ranked
from agent.repair.source import Module
from agent.repair.splice import normal_form, parses, unit_of
from agent.repair.templates.boolean import is_condition
from tools.testing.lab.lab import Lab
from tools.testing.lab.said import Line, Sight

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
    line: int
    score: float
    nodes: tuple[ast.expr, ...]
    parts: tuple[str, ...]

    def texts(self, more: Sequence[str] = ()) -> list[str]:
        """What to look at when its line runs; first its own expressions, in parentheses that may hold several lines."""
        own = (self.module.segment(node) for node in self.nodes)
        return [*(f"({text})" if "\n" in text else text for text in own), *self.parts, *more]


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression, how it binds, of how many expressions and of which names it is made; its number in the sights."""

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


def beyond(
    ranked: Iterable[Ranked], more: Callable[[], Iterable[Ranked]], modules: Mapping[str, Module]
) -> Iterator[Ranked]:
    """All of `ranked`, then of `more`, which is asked only then, what makes no text that was made before."""
    made: set[tuple[str, tuple[int, int, str]]] = set()
    for item in chain(ranked, _asked(more)):
        edit = item.candidate.edit
        form = edit.path, normal_form(modules[edit.path].text, edit)
        if form not in made:
            made.add(form)
            yield item


def _asked(more: Callable[[], Iterable[Ranked]]) -> Iterator[Ranked]:
    yield from more()


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
    green = covering([(spot.module.path, spot.line) for spot in spots])
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
    lines = [Line(spot.module.path, spot.line, texts) for spot, texts in asked]
    return lab.see(lines, tests, limit) if tests and lines else [()] * len(lines)


def _pieces(texts: Sequence[str]) -> Iterator[Piece]:
    """What can be put elsewhere: on one line."""
    for number, text in enumerate(texts):
        if "\n" not in text:
            tree = ast.parse(text, mode="eval").body
            yield Piece(number, text, level(tree), _size(tree), _names(tree))


def _spots(modules: Mapping[str, Module], suspects: Sequence[Suspect]) -> Iterator[Spot]:
    """The statements of the most suspicious lines that stand in functions and hold expressions, each once."""
    seen: set[ast.stmt] = set()
    for suspect in sorted(suspects, key=lambda one: -one.score):
        module = modules.get(suspect.path)
        if module is None or len(seen) >= MOST_LINES:
            continue
        nodes = [node for node in module.nodes_on([suspect.line]) if isinstance(node, ast.expr)]
        for statement, held in groupby(nodes, module.statement_of):
            replaceable = tuple(node for node in held if _is_replaceable(module, node))
            if replaceable and statement not in seen and module.function_of(statement) is not None:
                seen.add(statement)
                yield Spot(module, statement.lineno, suspect.score, replaceable, tuple(parts(module, replaceable[0])))


def _is_replaceable(module: Module, node: ast.expr) -> bool:
    """Whether an expression is evaluated by its function itself, and can be evaluated once more without harm."""
    is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    in_place = module.links.scopes[node] is module.function_of(node)
    return is_read and in_place and module.field(node) != "func" and is_pure(node)


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
        if (
            effect != now
            and not is_literal(piece.text)
            and all(_fits(sight, number, piece.number) for sight in seen.failing)
        ):
            yield from _offers(
                piece, effect, [sight.values[number] == sight.values[piece.number] for sight in seen.passing]
            )


def _fits(sight: Sight, number: int, other: int) -> bool:
    is_there, would_be = sight.types[sight.values[number]], sight.types[sight.values[other]]
    return bool(would_be) and (is_there == would_be or not is_there or "NoneType" in (is_there, would_be))


def _questions(seen: Seen, site: Site, node: ast.expr, number: int) -> Iterator[Offer]:
    """Other questions, and the question that is there with one more, which are answered otherwise in a failing run."""
    now, before = _truths(seen.failing, number), _truths(seen.passing, number)
    ways = _ways(site, node)
    for piece in seen.pieces:
        asked, was = _truths(seen.failing, piece.number), _truths(seen.passing, piece.number)
        if set(asked) == {None}:
            continue
        for join, written in ways:
            effect = tuple(map(join, now, asked))
            if effect != now and None not in effect:
                kept = [join(one, two) == one for one, two in zip(before, was, strict=True)]
                yield from _offers(written(piece), effect, kept)


def _ways(site: Site, node: ast.expr) -> Sequence[tuple[Callable[[Truth, Truth], Truth], Callable[[Piece], Piece]]]:
    """How a question can be asked in place of one or beside it: its answer by theirs, and how it is written."""
    own = _size(node)

    def beside(word: str, binding: int) -> Callable[[Piece], Piece]:
        first = f"{site.operand(node, binding)} {word}"
        needed = NOT if word.endswith("not") else binding + 1

        def written(piece: Piece) -> Piece:
            part = piece.text if piece.binding >= needed else f"({piece.text})"
            return Piece(piece.number, f"{first} {part}", binding, own + piece.size + len(word.split()), piece.names)

        return written

    return (
        (lambda one, two: two, lambda piece: piece),
        (lambda one, two: two if one else one, beside("and", AND)),
        (lambda one, two: _opposite(two) if one else one, beside("and not", AND)),
        (lambda one, two: one if one else two, beside("or", OR)),
        (lambda one, two: one if one else _opposite(two), beside("or not", OR)),
    )


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
