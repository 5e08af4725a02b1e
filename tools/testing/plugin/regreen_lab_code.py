"""The code of one edited function, compiled alone: what a compiler would make of it in the whole module.

Standard library only, Python 3.8 and newer. The outermost function around an edit (of the module, or of a class of it)
is parsed and compiled by itself, within empty classes of the same names, so that its lines, its qualified name, private
names and `super()` come out the same. What alters more than the inside of that function raises NotWarm.
"""

import __future__

import ast
import bisect
import re
import types

from regreen_lab_swap import NotWarm

LINE_END = re.compile(r"\r\n|\r|\n")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Place:
    """A function as it stands in a text: its lines (1-based, decorators included) and the classes around it."""

    def __init__(self, node, classes):
        self.node = node
        self.classes = classes
        self.first = min([node.lineno] + [decorator.lineno for decorator in node.decorator_list])
        self.last = node.end_lineno
        self.head = head(node)
        self.code = None
        self.holders = []  # function objects that hold it


class Source:
    """One module's text, with its outermost functions found once."""

    def __init__(self, filename, text):
        self.filename = filename
        self.text = text
        self.starts = [0] + [found.end() for found in LINE_END.finditer(text)]
        try:
            tree = ast.parse(text.lstrip("\ufeff"), filename)
        except (SyntaxError, ValueError) as error:
            raise NotWarm("does not compile: %s" % error) from error
        self.flags = future_flags(tree)
        self.imported = imported_names(tree)
        self.places = list(places(tree, ()))
        self.firsts = [place.first for place in self.places]

    def edited(self, start, end, text):
        """The place around characters `start` to `end`, and its code when they are replaced by `text`."""
        place = self.original(start, end)
        first, last = self.starts[place.first - 1], self.end_of(place.last)
        segment = self.text[first:start] + text + self.text[end:last]
        node, code = self.compiled(place, segment)
        if head(node) != place.head:
            raise NotWarm("%s changes outside its body" % node.name)
        return place, code

    def original(self, start, end):
        """The place around characters `start` to `end`, with its code as it is."""
        place = self.place_at(start, end)
        if place.code is None:
            first, last = self.starts[place.first - 1], self.end_of(place.last)
            place.code = self.compiled(place, self.text[first:last])[1]
        return place

    def end_of(self, line):
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def place_at(self, start, end):
        line = bisect.bisect(self.starts, start)
        at = bisect.bisect(self.firsts, line) - 1
        if at < 0 or end > self.end_of(self.places[at].last) or line > self.places[at].last:
            raise NotWarm("changes outside functions")
        return self.places[at]

    def compiled(self, place, segment):
        """The function that a segment of whole lines defines, and its code."""
        indented = segment[:1] in " \t"
        above = "\n" * (place.first - 2) + "if 1:\n" if indented else "\n" * (place.first - 1)
        try:
            (node,) = ast.parse(above + segment).body
            if indented:
                (node,) = node.body
            if type(node) is not type(place.node) or node.name != place.node.name:
                raise ValueError
        except (SyntaxError, ValueError, AttributeError) as error:
            raise NotWarm("is no longer one function") from error
        inner = node
        for name in reversed(place.classes):
            inner = ast.copy_location(within(name, inner), node)
        # Attributes of what a module imports are looked up by another instruction.
        names = [ast.copy_location(ast.alias(name=name), node) for name in self.imported if name in segment]
        imports = [ast.copy_location(ast.Import(names=names), node)] if names else []
        module = ast.Module(body=[*imports, inner], type_ignores=[])
        try:
            code = compile(module, self.filename, "exec", flags=self.flags, dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise NotWarm("does not compile: %s" % error) from error
        return node, dug(code, [*place.classes, node.name], place.first)


def within(name, node):
    more = {"type_params": []} if hasattr(ast, "type_param") else {}
    return ast.ClassDef(name=name, bases=[], keywords=[], body=[node], decorator_list=[], **more)


def places(node, classes):
    """The outermost functions below a node, in the order of their lines."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS):
            yield Place(child, classes)
        elif isinstance(child, ast.ClassDef):
            yield from places(child, (*classes, child.name))
        elif isinstance(child, ast.stmt) or type(child).__name__ in ("ExceptHandler", "match_case"):
            yield from places(child, classes)


def head(node):
    """All of a function but its body."""
    parts = [node.args, node.returns, *node.decorator_list, *getattr(node, "type_params", [])]
    return [part and ast.dump(part) for part in parts]


def future_flags(tree):
    names = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    ]
    return sum({getattr(__future__, name).compiler_flag for name in names if hasattr(__future__, name)})


def imported_names(node):
    """The names that imports bind in a module, in functions and classes not."""
    names = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            names += [(alias.asname or alias.name).partition(".")[0] for alias in child.names if alias.name != "*"]
        elif not isinstance(child, (*FUNCTIONS, ast.ClassDef, ast.expr)):
            names += imported_names(child)
    return list(dict.fromkeys(names))


def dug(code, names, line):
    """The code below a module's that is reached by names, the last one's beginning at a line."""
    for depth, name in enumerate(names, 1):
        found = [part for part in code.co_consts if isinstance(part, types.CodeType) and part.co_name == name]
        if depth == len(names):
            found = [part for part in found if part.co_firstlineno == line]
        if not found:
            raise NotWarm("%s has no code of its own" % name)
        code = found[0]
    return code
