"""What expressions are worth where tests run a line: looked at as the line begins, in the frame that runs it.

Standard library only, Python 3.8 and newer. Values never travel: of each run of the line only which expressions are
worth the same, of which type, and whether that is true. An expression that raises is worth nothing; a line at which
they take too long is not looked at again.
"""

import contextlib
import signal
import sys

LOOK_SECONDS = 0.5
MAX_ITEMS = 50
MAX_DEPTH = 3


class Place:
    """A line, its expressions, and the distinct ways in which they were worth something there."""

    def __init__(self, expressions, limit):
        self.codes = [compiled(text) for text in expressions]
        self.limit = limit
        self.seen = []

    def look(self, frame):
        if len(self.seen) >= self.limit:
            return
        names = dict(frame.f_globals)
        names.update(frame.f_locals)
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
    """One run of a line: a number an expression, equal for equal values, 0 where it raised; and what they stand for."""

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
        except Exception:
            return 0
        self.values.append(value)
        if key not in self.numbers:
            self.numbers[key] = len(self.kinds)
            self.kinds.append(kind)
        return self.numbers[key]


class Sights:
    """Looks at places while the tests within run; `places` are {"path", "line", "expressions"}."""

    def __init__(self, places, files, limit):
        """`files` has the name that the code of a path goes by."""
        self.places = []
        self.lines = {}
        for asked in places:
            place = Place(asked["expressions"], limit)
            self.places.append(place)
            self.lines.setdefault(files.get(asked["path"]), {}).setdefault(asked["line"], []).append(place)
        self.lines.pop(None, None)

    def __enter__(self):
        sys.settrace(self.called)
        return self

    def __exit__(self, *_):
        sys.settrace(None)

    def called(self, frame, event, arg):
        code = frame.f_code
        is_inner = code.co_name.startswith("<")  # a comprehension runs its line once more, with names of its own
        return self.ran if code.co_filename in self.lines and not is_inner else None

    def ran(self, frame, event, arg):
        if event == "line":
            for place in self.lines[frame.f_code.co_filename].get(frame.f_lineno, ()):
                place.look(frame)
        return self.ran


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
        signal.signal(signal.SIGALRM, handler)
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
