"""Operators on operators, constants and calls. Each says where developers were seen to make the mistake.

TSSB: the patterns of three million one-statement Python fixes (Richter and Wehrheim 2022, arXiv 2201.12046).
SStuBs: ManySStuBs4J (Karampatsis and Sutton 2020, arXiv 1905.13334). Mothra: King and Offutt 1991. MutPy:
Derezinska and Halas 2014. DeepBugs: Pradel and Sen 2018, arXiv 1805.11683. BugLab: Allamanis et al. 2021, arXiv
2105.12787.
"""

import ast
from collections.abc import Iterator

from benchmarks._bugs.source import Edit, Source

BOUNDARIES: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
}
DIRECTIONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", ">"),
    ast.LtE: ("<=", ">="),
    ast.Gt: (">", "<"),
    ast.GtE: (">=", "<="),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
}
IDENTITIES: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Is: (r"\bis\b", "=="),
    ast.IsNot: (r"\bis\s+not\b", "is"),
    ast.Eq: ("==", "is"),
    ast.NotEq: ("!=", "is not"),
}
MEMBERSHIPS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.In: (r"\bin\b", "not in"),
    ast.NotIn: (r"\bnot\s+in\b", "in"),
}
ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: (r"\+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: (r"\*", "+"),
    ast.Mod: ("%", "//"),
    ast.Pow: (r"\*\*", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: (r"\|", "&"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}
DIVISIONS: dict[type[ast.operator], tuple[str, str]] = {ast.FloorDiv: ("//", "/"), ast.Div: ("/", "//")}
BUILTIN_TWINS = {"min": "max", "max": "min", "any": "all", "all": "any", "list": "set", "sorted": "list",
                 "range": "enumerate", "int": "float", "isinstance": "issubclass", "reversed": "list"}  # fmt: skip
METHOD_TWINS = {"startswith": "endswith", "endswith": "startswith", "lower": "upper", "upper": "lower",
                "lstrip": "rstrip", "rstrip": "lstrip", "append": "extend", "extend": "append", "find": "rfind",
                "split": "rsplit", "rsplit": "split", "partition": "rpartition", "keys": "values", "items": "keys",
                "get": "pop", "update": "setdefault", "add": "discard", "match": "search", "group": "groups",
                "index": "count", "rfind": "find", "rpartition": "partition", "search": "match"}  # fmt: skip
CLEANERS = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "copy", "decode", "encode", "title", "casefold",
                      "items", "values", "splitlines", "sort"})  # fmt: skip


def _comparison(source: Source, node: ast.AST, table: dict[type[ast.cmpop], tuple[str, str]]) -> Iterator[Edit]:
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if type(operator) in table:
                yield from source.between(left, right, *table[type(operator)])


def boundary(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`<` for `<=`: Mothra's ROR; TSSB, Change Binary Operator."""
    yield from _comparison(source, node, BOUNDARIES)


def comparison(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`!=` for `==`: Mothra's ROR; SStuBs, Change Operator; BugLab, wrong operator."""
    yield from _comparison(source, node, DIRECTIONS)


def identity(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`is` for `==` and the reverse: TSSB, Change Binary Operator; pyflakes F632 exists for it."""
    sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
    if not any(isinstance(side, ast.Constant) and side.value is not None for side in sides):  # Python itself warns
        yield from _comparison(source, node, IDENTITIES)


def membership(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`not in` for `in`: MutPy's ROR; BugLab, wrong operator."""
    yield from _comparison(source, node, MEMBERSHIPS)


def arithmetic(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`-` for `+`: Mothra's AOR; DeepBugs, wrong binary operator; MutPy's ASR for `+=`."""
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield from source.between(node.left, node.right, *ARITHMETIC[type(node.op)])
    if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        token, text = ARITHMETIC[type(node.op)]
        yield from source.between(node.target, node.value, f"{token}=", f"{text}=")


def division(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`/` for `//`: what porting from Python 2 got wrong; TSSB, Change Binary Operator."""
    if isinstance(node, ast.BinOp) and type(node.op) in DIVISIONS:
        yield from source.between(node.left, node.right, *DIVISIONS[type(node.op)])


def connective(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`or` for `and`: Mothra's LCR; SStuBs, Change Operator."""
    if isinstance(node, ast.BoolOp):
        token, text = (r"\band\b", "or") if isinstance(node.op, ast.And) else (r"\bor\b", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from source.between(left, right, token, text)


def dropped_condition(source: Source, node: ast.AST) -> Iterator[Edit]:
    """One side of `and` or `or` missing: SStuBs and TSSB, Less Specific If and More Specific If."""
    if isinstance(node, ast.BoolOp) and len(node.values) == 2:
        for value in node.values:
            yield from source.replace(node, source.text(value))


def dropped_not(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`not` or a minus forgotten: MutPy's COD and AOD; SStuBs, Change Unary Operator."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield from source.replace(node, source.text(node.operand))


def negated(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A condition the wrong way round: MutPy's COI; SStuBs, Change Unary Operator."""
    if isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.Compare | ast.UnaryOp):
        yield from source.replace(node.test, f"not ({source.text(node.test)})")


def number(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A number off by one: Mothra's CRP; SStuBs, Change Numeral; TSSB, Change Numeric Literal."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            yield from source.replace(node, repr(value + 1))
            yield from source.replace(node, repr(value - 1))


def truth(source: Source, node: ast.AST) -> Iterator[Edit]:
    """True for False: SStuBs, Swap Boolean Literal; TSSB, Change Boolean Literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield from source.replace(node, str(not node.value))


def text_constant(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A string constant mistyped: TSSB, Change String Literal; MutPy's CRP."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isprintable() and node.value:
        written = source.text(node)
        if len(written) == len(node.value) + 2 and "\\" not in written:
            quote, value = written[0], node.value
            other = value.swapcase() if value != value.swapcase() else value[:-1] if len(value) > 1 else f"{value} "
            yield from source.replace(node, f"{quote}{other}{quote}")


def swapped_arguments(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Two arguments exchanged: SStuBs, Swap Arguments; TSSB, Same Function Swap Args; DeepBugs; BugLab."""
    if isinstance(node, ast.Call):
        for one, other in zip(node.args, node.args[1:], strict=False):
            if not isinstance(one, ast.Starred) and not isinstance(other, ast.Starred):
                yield from source.swap(one, other)


def swapped_operands(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The operands of `-`, `/`, `%` exchanged: DeepBugs, wrong binary operand; TSSB, Change Binary Operand."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod):
        yield from source.swap(node.left, node.right)


def dropped_argument(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The last argument forgotten: SStuBs, Overload Method Deleted Args; TSSB, Same Function Less Args."""
    if not isinstance(node, ast.Call):
        return
    kept = [source.text(part) for part in (*node.args, *(keyword for keyword in node.keywords))]
    if kept and all(kept) and source.text(node.func):
        yield from source.replace(node, f"{source.text(node.func)}({', '.join(kept[:-1])})")


def keyword_value(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A keyword argument with another value: TSSB, Change Keyword Argument Used."""
    if isinstance(node, ast.keyword) and node.arg:
        replaced = "None" if source.text(node.value) != "None" else "True"
        yield from source.replace(node.value, replaced)


def builtin_twin(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`max` for `min`, `all` for `any`: TSSB, Wrong Function Name; SStuBs, Different Method Same Args."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTIN_TWINS:
        yield from source.replace(node.func, BUILTIN_TWINS[node.func.id])


def method_twin(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`endswith` for `startswith`: SStuBs, Different Method Same Args; TSSB, Wrong Function Name."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHOD_TWINS:
        receiver = source.text(node.func.value)
        if receiver:
            yield from source.replace(node.func, f"{receiver}.{METHOD_TWINS[node.func.attr]}")


def missing_call(source: Source, node: ast.AST) -> Iterator[Edit]:
    """`.strip()` forgotten: TSSB, Add Method Call and Add Function Around Expression."""
    if not isinstance(node, ast.Call) or node.keywords or isinstance(source.parents.get(node), ast.Raise):
        return
    if isinstance(node.func, ast.Attribute) and (node.func.attr in CLEANERS) and len(node.args) <= 1:
        yield from source.replace(node, source.text(node.func.value))
    if isinstance(node.func, ast.Name) and len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
        yield from source.replace(node, source.text(node.args[0]))


def bound(source: Source, node: ast.AST) -> Iterator[Edit]:
    """A slice or index one off or without its end: MutPy's SIR; Mothra's CRP on subscripts."""
    if isinstance(node, ast.Slice):
        for end in filter(None, (node.lower, node.upper)):
            yield from source.replace(end, "")
            yield from source.replace(end, f"{source.text(end)} + 1")
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Tuple):
        if isinstance(node.slice, ast.Constant) and not isinstance(node.slice.value, int):
            return
        yield from source.replace(node.slice, f"{source.text(node.slice)} - 1")


def dropped_element(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The last item of a written-out collection forgotten: TSSB, Add Elements To Iterable."""
    if isinstance(node, ast.List | ast.Set | ast.Tuple) and len(node.elts) > 2 and isinstance(node, ast.expr):
        kept, last = node.elts[-2], node.elts[-1]
        if source.text(last) and getattr(kept, "end_lineno", 0) == last.lineno:
            yield Edit(last.lineno, int(kept.end_col_offset or 0), int(last.end_col_offset or 0), "")


def swapped_branches(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The two values of a conditional expression exchanged: MutPy's COI on `if` expressions; Mothra's SVR."""
    if isinstance(node, ast.IfExp):
        yield from source.swap(node.body, node.orelse)
