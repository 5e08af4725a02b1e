"""Small expressions over what is in reach at a place, put together by the types that their parts have there.

None of them calls a function of the program by its name: they are looked at where a test runs the place (synthesis).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, permutations, product

from agent.repair.ingredients import BUILT_IN, LONGEST, bound_names, local_names, names_in
from agent.repair.precedence import ATOM, level
from agent.repair.source import Module, own_code
from agent.repair.templates.attributes import class_attributes

MOST_NAMES, MOST_ATTRIBUTES, MOST_PARTS, MOST_CONSTANTS = 14, 12, 24, 8
LONGEST_CONSTANT = 22
OF_A_TYPE = 10  # parts of one type that are put together
MOST = 700
PURE_FUNCTIONS = frozenset(
    {"abs", "all", "any", "bool", "dict", "divmod", "float", "frozenset", "int", "isinstance", "issubclass", "len",
     "list", "max", "min", "repr", "round", "set", "sorted", "str", "sum", "tuple", "type"}
)  # fmt: skip
# Nothing that does something in another type: `get` of a queue, `copy` of shutil, `replace` of a path.
PURE_METHODS = frozenset(
    {"capitalize", "count", "decode", "encode", "endswith", "find", "index", "isalnum", "isalpha", "isdigit", "islower",
     "isspace", "isupper", "items", "join", "keys", "lower", "lstrip", "partition", "rfind", "rpartition", "rsplit",
     "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper", "values"}
)  # fmt: skip
IMPURE = (
    ast.Await,
    ast.Yield,
    ast.YieldFrom,
    ast.NamedExpr,
    ast.Lambda,
    ast.Starred,
    ast.JoinedStr,
    ast.FormattedValue,
)
NUMBERS, TEXTS = frozenset({"int", "float"}), frozenset({"str", "bytes"})
SEQUENCES = TEXTS | {"list", "tuple"}
HOLDERS = SEQUENCES | {"dict", "set", "frozenset"}
FLAGS = frozenset({"bool"})
Types = Mapping[str, frozenset[str]]


def is_pure(node: ast.AST, bound: Collection[str] = ()) -> bool:
    """Whether an expression can be evaluated alone, and calls by name nothing but harmless functions and methods.

    `bound` are names that do not mean what is built in. What operators and attributes of objects do is not known.
    """
    if isinstance(node, ast.Slice) or any(isinstance(part, ast.Slice) for part in getattr(node, "elts", ())):
        return False  # it is none outside of brackets
    for inner in ast.walk(node):
        if isinstance(inner, IMPURE) or (isinstance(inner, ast.Call) and not _is_harmless(inner.func, bound)):
            return False
    return True


def parts(module: Module, node: ast.AST) -> list[str]:
    """What expressions at a node are made of: variables, attributes of self, what the function computes, constants."""
    names = local_names(module, node)[:MOST_NAMES]
    bound = bound_names(module, node)
    known = BUILT_IN | bound
    own = [f"self.{name}" for name in class_attributes(module, node)] if "self" in known else []
    function = module.function_of(node)
    editable = _editable(module)
    inner = [one for one in own_code(function) if isinstance(one, ast.expr) and one in editable] if function else []
    computed = [one for one in inner if _is_part(one, bound) and names_in(one) <= known]
    line: int = node.lineno  # type: ignore[attr-defined]
    near = _nearest_first(computed, line)
    texts = dict.fromkeys(text for one in near if len(text := module.segment(one)) <= LONGEST and is_one_line(text))
    plain = _nearest_first(filter(_is_plain, inner), line)
    spelled = dict.fromkeys(text for one in plain if is_one_line(text := module.segment(one)))
    constants = [*list(spelled)[:MOST_CONSTANTS], "0", "1", '""', "None", "True", "False", "[]", "()"]
    return list(dict.fromkeys([*names, *own[:MOST_ATTRIBUTES], *islice(texts, MOST_PARTS), *constants]))


def _nearest_first(found: Iterable[ast.expr], line: int) -> list[ast.expr]:
    return sorted(found, key=lambda one: abs(one.lineno - line))


def is_one_line(text: str) -> bool:
    """Whether a text can stand anywhere in a line."""
    return "\n" not in text and "\r" not in text


@lru_cache(maxsize=512)
def is_literal(text: str) -> bool:
    """Whether an expression spells its value out: it reads no variable."""
    return not names_in(ast.parse(text, mode="eval")) - PURE_FUNCTIONS


@lru_cache(maxsize=8)
def _editable(module: Module) -> frozenset[ast.AST]:
    return frozenset(module.nodes)


def composed(types: Types) -> list[str]:
    """Expressions of one operation on parts, by the types each part was seen with; the simpler ones first."""
    return list(dict.fromkeys(islice(_composed(types), MOST)))


def _composed(types: Types) -> Iterator[str]:
    variables = [part for part in types if not is_literal(part)]
    numbers, texts = (_of(types, wanted, list(types)) for wanted in (NUMBERS, TEXTS))
    sequences, holders, flags = (_of(types, wanted, variables) for wanted in (SEQUENCES, HOLDERS, FLAGS))
    yield from (f"{part} is None" for part in variables if "NoneType" in types[part])
    yield from (f"{part} is not None" for part in variables if "NoneType" in types[part])
    yield from (f"not {part}" for part in variables)
    for part in holders:
        yield from (f"len({part})", f"not {part}")
    for part in sequences:
        yield from (f"{part}[0]", f"{part}[-1]", f"{part}[1:]", f"{part}[:-1]")
    for part in _of(types, TEXTS, variables):
        yield from (f"{part}.strip()", f"{part}.lower()", f"{part}.upper()")
    for part in _of(types, NUMBERS, variables):
        yield from (f"{part} + 1", f"{part} - 1", f"-{part}", f"abs({part})")
    sizes = [*numbers, *(f"len({part})" for part in holders[:4])]
    yield from (f"{one} {sign} {two}" for one, two in _pairs(sizes) for sign in ("<", "<="))
    yield from _equal(types)
    yield from (f"{one} in {two}" for one, two in product(variables, holders) if one != two)
    yield from (f"{one} {sign} {two}" for one, two in _pairs(sizes) for sign in "+-")
    yield from (f"{one} + {two}" for one, two in _pairs(texts))
    yield from (f"{one}.{way}({two})" for one, two in _pairs(texts) for way in ("startswith", "endswith"))
    yield from (f"{one}[{two}]" for one, two in product(holders, variables) if one != two)
    yield from (f"{one} {word} {two}" for one, two in permutations(flags, 2) for word in ("and", "or") if one < two)
    yield from (f"{one} or {two}" for one, two in permutations(variables, 2) if types[one] & types[two])
    yield from (f"{one} {sign} {two}" for one, two in _pairs(numbers) for sign in ("*", "//", "%"))


def _of(types: Types, wanted: frozenset[str], among: Sequence[str]) -> list[str]:
    return [part for part in among if types[part] & wanted][:OF_A_TYPE]


def _pairs(of: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each with each other one, but what is spelled out with what varies alone."""
    return ((one, two) for one, two in permutations(of, 2) if not (is_literal(one) and is_literal(two)))


def _equal(types: Types) -> Iterator[str]:
    """Comparisons of what had one type: of each pair one way, and of everything with what it is spelled out as."""
    for one, two in permutations(types, 2):
        if types[one] & types[two] - {"NoneType", "bool"} and not is_literal(one) and (is_literal(two) or one < two):
            yield f"{one} == {two}"
            yield f"{one} != {two}"


def _is_harmless(called: ast.expr, bound: Collection[str]) -> bool:
    match called:
        case ast.Name(id=name):
            return name in PURE_FUNCTIONS and name not in bound
        case ast.Attribute(attr=name):
            return name in PURE_METHODS
    return False


def _is_part(node: ast.expr, bound: Collection[str]) -> bool:
    """Whether an expression can stand beside any operator, and is more than a name or a constant."""
    if isinstance(node, (ast.Name, ast.Constant, ast.List, ast.Dict, ast.Set)) or level(node) < ATOM:
        return False
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and not _repeats(node) and is_pure(node, bound)


def _repeats(node: ast.AST) -> bool:
    return any(isinstance(inner, ast.comprehension) for inner in ast.walk(node))


def _is_plain(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float, str))
        and len(repr(node.value)) <= LONGEST_CONSTANT
    )
