"""The code of one edited function, compiled alone: what a compiler would make of it in the whole module.

Standard library only, Python 3.8 and newer. The outermost function around an edit (of the module, or of a class of it)
is compiled by itself, within empty classes of the same names, so that its lines, its qualified name, private
names and `super()` come out the same. What alters more than the inside of that function raises NotWarm.
"""

import __future__

import ast
import bisect
import re
import types

from regreen_lab_swap import NotWarm

LINE_END = re.compile(r"\r\n|\r|\n")
INDENTS = (" ", "\t")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Place:
    """A function as it stands in a text: its lines (1-based, decorators included) and the classes around it."""

    def __init__(self, node, classes):
        self.node = node
        self.classes = classes
        self.first = min([node.lineno] + [decorator.lineno for decorator in node.decorator_list])
        self.last = node.end_lineno
        self.body = 0  # from this character on an edit cannot reach what is above the body
        self.above = None  # source lines that stand in for what is around it
        self.code = None
        self.around = None  # what the code around it does
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
        if start < place.body and head(parsed(segment)) != head(place.node):
            raise NotWarm("%s changes outside its body" % place.node.name)
        around, code = self.compiled(place, segment)
        if around != place.around:
            raise NotWarm("%s is no longer one function" % place.node.name)
        return place, code

    def original(self, start, end):
        """The place around characters `start` to `end`, with its code as it is."""
        place = self.place_at(start, end)
        if place.code is None:
            segment = self.text[self.starts[place.first - 1] : self.end_of(place.last)]
            place.body = self.body(place.node.body[0])
            place.above = self.above(place, segment)
            place.around, place.code = self.compiled(place, segment)
        return place

    def end_of(self, line):
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def place_at(self, start, end):
        line = bisect.bisect(self.starts, start)
        at = bisect.bisect(self.firsts, line) - 1
        if at < 0 or end > self.end_of(self.places[at].last) or line > self.places[at].last:
            raise NotWarm("changes outside functions")
        return self.places[at]

    def body(self, statement):
        """Where the first line that holds nothing but the body of a function begins, its first statement being this."""
        start = self.starts[statement.lineno - 1]
        is_first = not self.text[start : start + statement.col_offset].strip()
        return start if is_first else self.end_of(statement.lineno)

    def above(self, place, segment):
        """As many lines as are above a place: empty ones, and what its code depends on: imports and classes."""
        lines = [" " * depth + "class %s:" % name for depth, name in enumerate(place.classes)]
        if not lines and segment[:1] in INDENTS:
            lines = ["if 1:"]
        # Attributes of what a module imports are looked up by another instruction.
        names = [name for name in self.imported if name in segment]
        if names and len(lines) < place.first - 1:
            lines.insert(0, "import " + ", ".join(names))
        return "\n" * (place.first - 1 - len(lines)) + "".join(line + "\n" for line in lines)

    def compiled(self, place, segment):
        """The code of the function that a segment of whole lines defines, and what the code around it does."""
        try:
            code = compile(place.above + segment, self.filename, "exec", flags=self.flags, dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise NotWarm("does not compile: %s" % error) from error
        return dug(code, [*place.classes, place.node.name], place.first)


def parsed(segment):
    """The one function that whole lines define."""
    indented = segment[:1] in INDENTS
    try:
        (node,) = ast.parse("if 1:\n" + segment if indented else segment).body
        (node,) = node.body if indented else [node]
    except (SyntaxError, ValueError) as error:
        raise NotWarm("is no longer one function") from error
    return node


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
    parts = [getattr(node, name, None) for name in ("name", "args", "returns", "decorator_list", "type_params")]
    return [type(node), *(ast.dump(part) if isinstance(part, ast.AST) else str(part) for part in flat(parts))]


def flat(parts):
    for part in parts:
        yield from part if isinstance(part, list) else [part]


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
    """What the code on the way does, and the code that names lead to, the last of a function that begins at a line."""
    around = []
    for depth, name in enumerate(names, 1):
        parts = [part for part in code.co_consts if isinstance(part, types.CodeType)]
        around.append((code.co_code, code.co_names, [part.co_name for part in parts]))
        found = [part for part in parts if part.co_name == name and (depth < len(names) or part.co_firstlineno == line)]
        if not found:
            raise NotWarm("%s has no code of its own" % name)
        code = found[0]
    return around, code
