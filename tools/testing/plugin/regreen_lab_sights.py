"""What expressions are worth where tests run a statement: looked at as it begins, in the frame that runs it.

Standard library only, Python 3.8 and newer. Values never travel: of each run of the statement only which expressions
are worth the same, of which type, and whether that is true. An expression that raises is worth nothing, and so is what
reads a variable that can be gone through once: looking would use it up. What takes too long is not looked at again.
"""

import contextlib
import dis
import signal
import sys

LOOK_SECONDS = 0.5
MOST_LOOKS = 200  # of which few differ, at a statement that is run very often
MAX_ITEMS = 50
MAX_DEPTH = 3


class Place:
    """A statement, its expressions, and the distinct ways in which they were worth something there."""

    def __init__(self, first, last, expressions, limit):
        self.lines = range(first, last + 1)
        self.codes = [compiled(text) for text in expressions]
        self.limit = limit
        self.looks = 0
        self.seen = []

    def is_open(self):
        return len(self.seen) < self.limit and self.looks < MOST_LOOKS

    def look(self, frame):
        self.looks += 1
        names = dict(frame.f_globals)
        names.update(frame.f_locals)
        names = {name: value for name, value in names.items() if not hasattr(type(value), "__next__")}
        sight = Sight()
        try:
            with limited(LOOK_SECONDS):
                found = [[sight.number_of(code, names) for code in self.codes], sight.kinds]
        except TooLong:
            self.limit = 0
            return
        if found not in self.seen:
            self.seen.append(found)


class Sight:
    """One run of a statement: a number an expression, equal for equal values, 0 where it raised; what each is."""

    def __init__(self):
        self.kinds = [["", 0]]
        self.numbers = {}
        self.values = []  # kept, so that no other value gets the identity of one of them

    def number_of(self, code, names):
        if code is None:
            return 0
        try:
            value = eval(code, names)
            key = identity(value)
            kind = [type(value).__name__, int(bool(value))]
        except TooLong:
            raise
        except BaseException:  # a property may raise anything, and it would be raised in the code that is looked at
            return 0
        self.values.append(value)
        if key not in self.numbers:
            self.numbers[key] = len(self.kinds)
            self.kinds.append(kind)
        return self.numbers[key]


class Sights:
    """Looks at places while the tests within run; `places` are {"path", "first", "last", "expressions"}."""

    def __init__(self, places, files, limit):
        """`files` has the name that the code of a path goes by."""
        self.places = []
        self.by_file = {}
        self.by_code = {}
        for asked in places:
            place = Place(asked["first"], asked["last"], asked["expressions"], limit)
            self.places.append(place)
            self.by_file.setdefault(files.get(asked["path"]), []).append(place)
        self.by_file.pop(None, None)

    def __enter__(self):
        sys.settrace(self.called)
        return self

    def __exit__(self, *_):
        sys.settrace(None)

    def called(self, frame, event, arg):
        if frame.f_code.co_filename not in self.by_file:
            return None
        places = [place for place in self.within(frame.f_code) if place.is_open()]
        return Ran(places) if places else None

    def within(self, code):
        """The places with a line of this code, unless it is of a comprehension: those have names of their own."""
        if code not in self.by_code:
            lines = set() if code.co_name.startswith("<") else {line for _, line in dis.findlinestarts(code)}
            found = [place for place in self.by_file[code.co_filename] if not lines.isdisjoint(place.lines)]
            self.by_code[code] = found
        return self.by_code[code]


class Ran:
    """Follows one frame: a statement begins with the first of its lines after one that is not its own.

    Which of its lines comes first is up to the interpreter.
    """

    def __init__(self, places):
        self.places = places
        self.before = 0

    def __call__(self, frame, event, arg):
        if event == "line":
            before, self.before = self.before, frame.f_lineno
            for place in self.places:
                if self.before in place.lines and before not in place.lines and place.is_open():
                    place.look(frame)
        return self


class TooLong(BaseException):
    """Looking took too long; BaseException, so that no property swallows it."""


@contextlib.contextmanager
def limited(seconds):
    """Raise TooLong in what runs within after so many seconds; an alarm that was set goes off later, then."""

    def ring(number, frame):
        raise TooLong

    handler = signal.signal(signal.SIGALRM, ring)
    waiting = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
        signal.setitimer(signal.ITIMER_REAL, *waiting)


def compiled(text):
    try:
        return compile(text, "<expression>", "eval")
    except (SyntaxError, ValueError):
        return None


def identity(value, depth=0):
    """Equal for values that are the same plain data; any other object is only the same as itself."""
    kind = type(value)
    if value is None or kind in (bool, int, float, complex, str, bytes):
        return kind.__name__, repr(value) if kind in (float, complex) else value
    if depth < MAX_DEPTH and kind in (list, tuple, set, frozenset, dict) and len(value) <= MAX_ITEMS:
        if kind is dict:
            return "dict", tuple((identity(k, depth + 1), identity(v, depth + 1)) for k, v in value.items())
        inner = (identity(item, depth + 1) for item in value)
        return kind.__name__, frozenset(inner) if kind in (set, frozenset) else tuple(inner)
    return kind.__name__, id(value)
