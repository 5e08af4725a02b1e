"""Positions, holders and names of a parsed module."""

import ast
import sys

import pytest

from agent.repair.source import Module


def node_at(module: Module, segment: str, kind: type[ast.AST] = ast.AST) -> ast.AST:
    """The first editable node written like this."""
    return next(node for node in module.nodes if isinstance(node, kind) and module.segment(node) == segment)


def names_at(code: str, segment: str) -> list[str]:
    module = Module.parse("m.py", code)
    return [binding.name for binding in module.names(node_at(module, segment))]


@pytest.mark.parametrize(
    "text",
    [
        "größe = 'ü' + läng(a, 'é') ; b = 1\n",
        "if x:\n\té = (\ta, 'ß'\t)\n\tb = 2\n",
        "# ü\r\nx = (a +\r\n     'ö' + b)\r\nz = d\r\n",
        "x = 1\rö = y\r",
        "\ufeffé = a\nf = b\n",
        "a = '\u2028\x0c' + b\nc = d",
        "@wraps(ä)\ndef f(x=(1), *, y='ü'): return ((x) + y)\n",
        'x = """ü\n é""" + b\n',
    ],
)
def test_every_segment_is_the_source_of_its_node(text: str) -> None:
    module = Module.parse("m.py", text)
    expressions = [node for node in module.nodes if isinstance(node, ast.expr)]
    assert expressions
    for node in expressions:
        again = ast.parse(f"({module.segment(node)})", mode="eval").body
        assert ast.dump(again) == ast.dump(node).replace("Store()", "Load()")


def test_parentheses_and_decorators_lie_outside_a_span() -> None:
    module = Module.parse("m.py", "@d\ndef f():\n    return (a + b) * c\n")
    total = node_at(module, "a + b")
    assert module.is_parenthesised(total)
    assert not module.is_parenthesised(node_at(module, "(a + b) * c"))
    assert module.text[slice(*module.outer_span(total))] == "(a + b)"
    assert module.segment(module.tree.body[0]).startswith("def f")


def test_what_changes_nothing_is_left_alone() -> None:
    module = Module.parse("m.py", 'def f(a: int = 1) -> str:\n    """Doc."""\n    b: list[int] = a\n    ...\n')
    assert [module.segment(node) for node in module.nodes if isinstance(node, ast.expr)] == ["1", "b", "a"]


def test_code_inside_f_strings_is_reached_only_where_its_position_is_right() -> None:
    module = Module.parse("m.py", "x = f'{first!r:>{width}} and {second}'\n")
    reached = [node.id for node in module.nodes if isinstance(node, ast.Name)]
    assert reached == (["x", "first", "second"] if sys.version_info >= (3, 12) else ["x"])


def test_own_lines_are_the_header_of_a_compound_and_all_of_a_simple_statement() -> None:
    module = Module.parse("m.py", "while (a and  # not: the end\n       b):\n    c(\n        d)\nelse: e\n")
    loop = module.tree.body[0]
    assert isinstance(loop, ast.While)
    assert [module.own_lines(node) for node in (loop, loop.body[0], loop.orelse[0])] == [
        range(1, 3),
        range(3, 5),
        range(5, 6),
    ]


def test_nodes_of_a_line_are_those_that_span_it() -> None:
    module = Module.parse("m.py", "f(a,\n  b,\n  g(c,\n    d))\nh()\n")
    assert [module.segment(node)[0] for node in module.nodes_on({3})] == ["f", "f", "g", "g", "c"]
    assert list(module.nodes_on([])) == []


def test_indentation_and_whole_lines_need_a_line_of_ones_own() -> None:
    module = Module.parse("m.py", "if a:\n\tb = 1  # why\n\tc = 2; d = 3\nif e: f = 4\nif g: \\\n  h = 5\n")
    found = {}
    for name in "bcdfh":
        statement = module.statement_of(node_at(module, name))
        lines = module.line_range(statement)
        found[name] = module.indentation(statement), module.text[slice(*lines)] if lines else None
    assert found == {
        "b": ("\t", "\tb = 1  # why\n"),
        "c": ("\t", None),
        "d": (None, None),
        "f": (None, None),
        "h": (None, None),
    }


def test_holders_are_found_and_a_header_belongs_outside() -> None:
    loop = "for i in rows:\n            use(i)\n        else:\n            end()\n"
    code = f"class A:\n    @dec\n    def f(self, x=default):\n        {loop}"
    module = Module.parse("m.py", code)
    function = module.function_of(node_at(module, "use"))
    assert function is not None
    assert function.name == "f"
    assert [module.function_of(node_at(module, name)) for name in ("dec", "default")] == [None, None]
    owner = module.class_of(node_at(module, "use"))
    assert owner is module.tree.body[0]
    assert module.loop_of(node_at(module, "use(i)")) is not None
    assert [module.loop_of(node_at(module, name)) for name in ("rows", "end()")] == [None, None]


@pytest.mark.parametrize(
    ("code", "segment", "names"),
    [
        ("def f(a, *b, c=1, **d):\n    e = 2\n    use\n    g = 3\n", "use", ["a", "b", "c", "d", "e", "f"]),
        ("def f():\n    for i in x:\n        use\n        late = 1\n", "use", ["i", "late", "f"]),
        ("def f():\n    for i in use:\n        pass\n", "use", ["f"]),
        ("def f(a):\n    b = use\n", "use", ["a", "f"]),
        ("def f(a):\n    c = 1\n    def g(b):\n        use\n", "use", ["b", "a", "c", "g", "f"]),
        ("class A:\n    b = 1\n    c = use\n    def f(self): pass\n", "use", ["b"]),
        ("class A:\n    b = 1\n    def f(self):\n        use\n", "use", ["self", "A"]),
        ("import os.path, re as r\nx = [use for a in b if a]\n", "use", ["a", "os", "r"]),
        ("x = 1\ny = [a for a in use]\n", "use", ["x"]),
        ("x = lambda a, b=use: a\n", "use", []),
        ("x = 1\ndef f():\n    use\n    global x\n    x = 2\n", "use", ["f"]),
        ("try: a\nexcept E as e:\n    use\n", "use", ["e"]),
        ("def f(a):\n    a = use(print)\n", "use", ["a", "f"]),
    ],
)
def test_names_are_those_bound_where_the_node_is_evaluated(code: str, segment: str, names: list[str]) -> None:
    assert names_at(code, segment) == names


def test_the_first_line_ending_counts() -> None:
    assert [Module.parse("m.py", text).newline for text in ("a\r\nb\n", "a\nb\r\n", "a", "a\rb")] == [
        "\r\n",
        "\n",
        "\n",
        "\r",
    ]
