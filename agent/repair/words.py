"""The vocabulary of the failing tests: their own texts name what a table lacks, or has too much of."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeAlias, TypeGuard

from agent.repair.candidate import Candidate, Site, quoted
from agent.repair.precedence import BIT_OR, COMPARE
from agent.repair.source import Module
from tools.testing.results import Failure

ENTRY, ALTERNATIVE, DROPPED = 0.10, 0.04, 0.05  # how often such an edit is right
ENTRIES = "told-entry"
MOST_WORDS, MOST_AT_ONE_PLACE, MOST_NEW_WORDS = 40, 24, 6
LEAST_ENTRIES, MOST_TABLES, MOST_VALUES = 5, 3, 2
Table: TypeAlias = ast.Dict | ast.Tuple | ast.List | ast.Set
_BRACKETS: dict[type[ast.AST], tuple[str, str]] = {ast.Tuple: ("(", ")"), ast.List: ("[", "]"), ast.Set: ("{", "}")}
_TEXTS = re.compile(r'"""(.*?)"""|\'\'\'(.*?)\'\'\'|"([^"\n]*)"|\'([^\'\n]*)\'', re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w+")


def words_of(failures: Iterable[Failure], most: int | None = None) -> tuple[str, ...]:
    """Words of the texts that failing tests spell out, up to where they fail, and of their parameters."""
    found = chain.from_iterable(map(_WORD.findall, chain.from_iterable(map(_texts, failures))))
    return tuple(islice(dict.fromkeys(found), most))


def _texts(failure: Failure) -> Iterator[str]:
    yield failure.node_id.partition("[")[2]
    source = "\n".join(line[1:] for line in failure.traceback.splitlines() if not line.startswith("E"))
    yield from ("".join(match) for match in _TEXTS.findall(source))


def worded(module: Module, node: ast.AST, words: Collection[str]) -> Iterator[Candidate]:
    """Edits of a node that let something be one of these words, or not."""
    yield from _one_of_more(Site(module, node, "told-alternative", ALTERNATIVE), words)
    yield from _without(Site(module, node, "told-dropped", DROPPED), words)


def entries(module: Module, words: Collection[str]) -> Iterator[Candidate]:
    """What a word lacks to be in the largest tables outside of functions, which no test is seen to run."""
    tables = [node for node in module.nodes if module.function_of(node) is None and _is_table(node)] if words else []
    known = {key for table in tables for key in _texts_in(table)}
    for table in sorted(tables, key=lambda node: -len(_parts(node)))[:MOST_TABLES]:
        site = Site(module, table, ENTRIES, ENTRY)
        keys = [one for one in _parts(table) if isinstance(one, ast.Constant)]
        quote = _quote(module, keys[-1])
        new = (word for word in _new(words, _texts_in(table)) if word not in known)
        for word in islice(new, MOST_NEW_WORDS):
            for entry in _entries(module, table, f"{quote}{word}{quote}"):
                yield appended(site, table, entry, f"{quoted(entry)} is added to the table")


def appended(site: Site, table: Table, entry: str, sentence: str) -> Candidate:
    """One more entry, spelled out, behind the last one of a collection that has some."""
    at = site.module.outer_span(_last(table))[1]
    return site.splice((at, at), f", {entry}", sentence)


def _entries(module: Module, table: Table, key: str) -> list[str]:
    """A key with the values that most entries have, or by itself."""
    if not isinstance(table, ast.Dict):
        return [key]
    values = Counter(map(module.segment, table.values))
    return [f"{key}: {value}" for value, times in values.most_common(MOST_VALUES) if times > 1]


def _one_of_more(site: Site, words: Collection[str]) -> Iterator[Candidate]:
    """`x in ("a", "b")` for `x == "a"` and for `x in ("a",)`, where the test speaks of `b`."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    (right,) = node.comparators
    match node.ops[0], right:
        case ast.Eq() | ast.NotEq() as operator, ast.Constant(value=str()):
            own, quote = module.segment(right), _quote(module, right)
            symbol = "in" if isinstance(operator, ast.Eq) else "not in"
            for word in _new(words, [str(right.value)]):
                text = f"{site.operand(node.left, BIT_OR)} {symbol} ({own}, {quote}{word}{quote})"
                yield site.replace(node, text, COMPARE)
        case ast.In() | ast.NotIn(), ast.Tuple() | ast.List() | ast.Set() if _is_of_texts(right):
            quote = _quote(module, _last(right))
            for word in _new(words, _texts_in(right)):
                yield appended(site, right, f"{quote}{word}{quote}", f"{quoted(word)} is added")


def _without(site: Site, words: Collection[str]) -> Iterator[Candidate]:
    """A collection of texts without one of the words."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Tuple | ast.List | ast.Set) or len(node.elts) < 2:
        return
    for place, one in enumerate(node.elts):
        if isinstance(one, ast.Constant) and one.value in words:
            rest = [module.segment(other) for other in (*node.elts[:place], *node.elts[place + 1 :])]
            comma = "," if isinstance(node, ast.Tuple) and len(rest) == 1 else ""
            opening, closing = _BRACKETS[type(node)]
            yield site.replace(node, f"{opening}{', '.join(rest)}{comma}{closing}")


def _new(words: Collection[str], known: Collection[str]) -> list[str]:
    """Words that are not known, spelled in capitals where the known ones are."""
    cased = dict.fromkeys(_cased(word, known) for word in words)
    return [word for word in cased if word not in known][:MOST_AT_ONE_PLACE]


def _cased(word: str, known: Collection[str]) -> str:
    if all(map(str.isupper, known)):
        return word.upper()
    return word.lower() if all(map(str.islower, known)) else word


def _is_table(node: ast.AST) -> TypeGuard[Table]:
    """Whether this is a collection of some texts, or of values by text."""
    if not isinstance(node, ast.Dict | ast.Tuple | ast.List | ast.Set):
        return False
    return len(_parts(node)) >= LEAST_ENTRIES and _is_of_texts(node)


def _is_of_texts(table: Table) -> bool:
    parts = _parts(table)
    return bool(parts) and all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in parts)


def _parts(table: Table) -> Sequence[ast.expr | None]:
    return table.keys if isinstance(table, ast.Dict) else table.elts


def _last(table: Table) -> ast.expr:
    return table.values[-1] if isinstance(table, ast.Dict) else table.elts[-1]


def _texts_in(table: Table) -> list[str]:
    return [one.value for one in _parts(table) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _quote(module: Module, text: ast.expr) -> str:
    return module.segment(text)[-1]
