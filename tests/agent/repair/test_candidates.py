"""What holds for every candidate, on standard library modules and on a file of odd corners."""

import ast
import bisect
import configparser
import difflib
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.repair.candidate import Candidate
from agent.repair.source import COMPOUND, Module
from agent.repair.templates import candidates

ODD = (Path(__file__).parent / "odd_corners.txt").read_text(encoding="utf-8")
TEXTS = {
    "odd": ODD,
    "odd-crlf": ODD.replace("\n", "\r\n"),
    "odd-tabs": ODD.replace("    ", "\t"),
    **{
        module.__name__: Path(module.__file__ or "").read_text("utf-8")
        for module in (bisect, textwrap, difflib, configparser)
    },
}
# These put, move or remove whole lines; the others stay within the statement on the line.
LINE_TEMPLATES = {"guard", "move", "deletion", "missing-return", "leave-block", "enter-block"}
LINES_PER_TEXT = 8
SLOW = {"difflib", "configparser"}


def patched(text: str, candidate: Candidate) -> str:
    edit = candidate.edit
    return f"{text[: edit.start]}{edit.text}{text[edit.end :]}"


def sampled_lines(module: Module) -> list[int]:
    """Lines with code, spread over the file."""
    lines = sorted({node.lineno for node in module.nodes if isinstance(node, (ast.stmt, ast.ExceptHandler))})
    return lines[:: max(1, len(lines) // LINES_PER_TEXT)]


def statement_spans(module: Module, line: int) -> Iterator[tuple[int, int]]:
    """The spans of simple statements and headers on a line, and of decorators."""
    for node in module.nodes_on({line}):
        if isinstance(node, COMPOUND) and hasattr(node, "lineno"):
            yield module.span(node)[0], module.header_end(node)
        elif isinstance(node, ast.stmt) or module.field(node) in {"decorator_list", "guard"}:
            yield module.span(node)
    for case in (node for node in ast.walk(module.tree) if isinstance(node, ast.match_case)):
        yield module.span(case.pattern)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in TEXTS]
)
def test_every_result_compiles_differs_and_stays_in_its_statement(name: str) -> None:
    text = TEXTS[name]
    module = Module.parse("m.py", text)
    pieces = [*functions(module), (0, len(text), "", ast.dump(module.tree))]
    for line in sampled_lines(module):
        spans = list(statement_spans(module, line))
        found = list(candidates(module, {line}))
        assert len({patched(text, candidate) for candidate in found}) == len(found)
        for candidate in found:
            edit = candidate.edit
            assert 0 < candidate.prior <= 1
            within = any(start <= edit.start <= edit.end <= end for start, end in spans)
            assert within or candidate.template in LINE_TEMPLATES, candidate
            start, end, before, tree = next(one for one in pieces if one[0] <= edit.start and edit.end <= one[1])
            after = compiled(f"{before}{text[start : edit.start]}{edit.text}{text[edit.end : end]}")
            assert after != tree, candidate


def functions(module: Module) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, what makes it parse alone, and tree of each outermost function: quicker than the whole."""
    for node in module.nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and module.function_of(node) is None:
            lines = module.line_range(node)
            if lines is not None:
                before = "if 1:\n" if module.indentation(node) else ""
                yield *lines, before, ast.dump(ast.parse(before + module.text[slice(*lines)]))


def compiled(source: str) -> str:
    """The tree of a source that compiles."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        compile(source, "candidate", "exec", dont_inherit=True)
        return ast.dump(ast.parse(source))


def test_the_order_is_the_same_each_time() -> None:
    first, second = (list(candidates(Module.parse("m.py", ODD), range(1, 60))) for _ in range(2))
    assert first == second
    assert len(first) > 1000


def test_a_line_yields_tens_to_hundreds_not_thousands() -> None:
    module = Module.parse("m.py", TEXTS["difflib"])
    assert max(len(list(candidates(module, {line}))) for line in sampled_lines(module)) < 500


def test_an_edit_keeps_the_line_endings_and_the_indentation_of_the_file() -> None:
    text = "def f(x):\r\n\tif x:\r\n\t\treturn x.y\r\n"
    guards = [one.edit.text for one in candidates(Module.parse("m.py", text), {3}) if one.template == "guard"]
    assert guards[0] == "\t\tif x is None:\r\n\t\t\treturn None\r\n"


def test_a_long_literal_is_not_parsed_again_for_each_candidate() -> None:
    rows = "".join(f"    'key{number}': (size, {number}, name),\n" for number in range(400))
    module = Module.parse("m.py", f"size = name = 1\ntable = {{\n{rows}}}\n")
    results = [one.edit.text for one in candidates(module, {200}) if one.template == "variable"]
    assert results == ["name", "size"]


def test_no_lines_give_no_candidates() -> None:
    assert list(candidates(Module.parse("m.py", ODD), [])) == []
