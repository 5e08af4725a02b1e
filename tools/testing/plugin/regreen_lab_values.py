"""What a function was called with, and what it answers to those inputs and to small mutations of them.

Standard library only, Python 3.8 and newer. Inputs travel as base64 of their pickle: only this interpreter, which
made them, ever reads them back. An answer is a digest of the result, the exception's type and the changed arguments.
"""

import base64
import copy
import hashlib
import inspect
import io
import itertools
import pickle
import random
import signal
import sys
import types

MAX_DEPTH = 6
MAX_ITEMS = 200
MAX_PICKLE = 20000
CALL_SECONDS = 0.25


class Recorder:
    """Keeps the distinct inputs of one function while the tests run, by calling it through ourselves."""

    def __init__(self, target, limit):
        self.target = target
        self.limit = limit
        self.inputs = []
        self.seen = set()
        self.real = None

    def __enter__(self):
        target = self.target
        if target is None or target.__closure__:
            return self
        self.real = types.FunctionType(target.__code__, target.__globals__, target.__name__, target.__defaults__)
        self.real.__kwdefaults__ = target.__kwdefaults__
        target.__globals__[ENTRANCE] = self.call
        target.__defaults__ = target.__kwdefaults__ = None
        target.__code__ = TRAMPOLINE.__code__
        return self

    def __exit__(self, *_):
        """Nothing to undo: the fork that recorded ends here."""

    def call(self, arguments, named):
        positional = [settled(value) for value in arguments]
        keywords = {name: settled(value) for name, value in named.items()}
        if len(self.inputs) < self.limit:
            try:
                self.keep([positional, (), keywords])
            except Exception:  # an argument that cannot be copied is not an input we can use
                pass
        given = [iter(kept) if kept is not value else value for kept, value in zip(positional, arguments)]
        by_name = {name: iter(kept) if kept is not named[name] else kept for name, kept in keywords.items()}
        return self.real(*given, **by_name)

    def keep(self, arguments):
        pickled = pickle.dumps(arguments)
        if len(pickled) <= MAX_PICKLE and pickled not in self.seen:
            self.seen.add(pickled)
            self.inputs.append(base64.b64encode(pickled).decode("ascii"))


ENTRANCE = "__regreen_entrance__"


def TRAMPOLINE(*arguments, **named):
    """Its code stands in for that of the recorded function, whose globals hold the entrance."""
    return __regreen_entrance__(arguments, named)  # noqa: F821


def settled(value):
    """What a one-time iterator yields, as a list; any other value as it is."""
    if isinstance(value, (types.GeneratorType, map, filter, zip, enumerate, reversed)):
        return list(itertools.islice(value, MAX_ITEMS * 50))
    return value


def find_function(functions, filename, wanted):
    """The function object whose code, as it is now, has the wanted name and first line."""
    named = [holders for key, holders in functions.items() if key[:2] == (filename, wanted["name"])]
    found = [one for holders in named for one in holders if one.__code__.co_firstlineno == wanted["line"]]
    return found[0] if found else None


def outputs(target, inputs, mutations):
    """A list of [description of the input, of the answer, its digest], each recorded input before its mutations."""
    if target is None or target.__closure__:
        return []
    answers = []
    chosen = random.Random(0)
    for encoded in inputs:
        answers.append(answer(target, load(encoded)))
        for _ in range(mutations):
            try:
                changed = mutate(load(encoded), chosen)
            except Exception:  # a value that cannot be changed
                continue
            answers.append(answer(target, changed))
    return answers


def load(encoded):
    return pickle.loads(base64.b64decode(encoded))


class TooLong(BaseException):
    """A call ran past its time; BaseException, so that the code under test does not swallow it."""


def on_alarm(signum, frame):
    raise TooLong


def answer(target, arguments):
    positional, star, named = arguments
    shown = clip(
        ", ".join([describe(value) for value in positional] + ["%s=%s" % (k, describe(v)) for k, v in named.items()])
    )
    random.seed(0)
    stdout, sys.stdout = sys.stdout, io.StringIO()
    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, CALL_SECONDS)
    try:
        result = target(*positional, *star, **named)
        if isinstance(result, types.GeneratorType):
            result = [item for item, _ in zip(result, range(MAX_ITEMS))]
        if inspect.iscoroutine(result):
            result = finish(result)
        said = "returned " + describe(result)
    except TooLong:
        said = "ran too long"
    except BaseException as error:
        said = "raised " + type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        printed, sys.stdout = sys.stdout.getvalue(), stdout
    after = describe([positional, star, named])
    digest = hashlib.sha256((said + after + printed).encode("utf-8", "backslashreplace")).hexdigest()[:16]
    return [shown, clip(said), digest]


def finish(coroutine):
    """Run a coroutine that awaits nothing that is not ready."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    return "<suspended>"


def clip(text, limit=160):
    return text if len(text) <= limit else text[: limit - 3] + "..."


def describe(value, depth=0, seen=()):
    """A text that is equal for values that behave alike: by structure, never by address."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return repr(value)
    if depth >= MAX_DEPTH or id(value) in seen:
        return "..."
    seen = (*seen, id(value))

    def inner(item):
        return describe(item, depth + 1, seen)

    if isinstance(value, dict):
        body = ", ".join("%s: %s" % (inner(k), inner(v)) for k, v in list(value.items())[:MAX_ITEMS])
        return "%s{%s}" % (name_of(value, dict), body)
    if isinstance(value, (list, tuple)):
        return "%s[%s]" % (name_of(value, list), ", ".join(inner(item) for item in value[:MAX_ITEMS]))
    if isinstance(value, (set, frozenset)):
        return "%s{%s}" % (name_of(value, set), ", ".join(sorted(inner(item) for item in value)))
    if isinstance(value, type) or callable(value):
        return "<%s>" % getattr(value, "__qualname__", type(value).__name__)
    return "%s(%s)" % (type(value).__name__, ", ".join("%s=%s" % (k, inner(v)) for k, v in fields_of(value)))


def name_of(value, plain):
    return "" if type(value) is plain else type(value).__name__


def fields_of(value):
    fields = dict(getattr(value, "__dict__", {}) or {})
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            if slot not in ("__dict__", "__weakref__") and hasattr(value, slot):
                fields[slot] = getattr(value, slot)
    if fields:
        return sorted(fields.items())
    text = repr(value)
    return [("repr", "" if " at 0x" in text else text)]


def mutate(arguments, chosen):
    """Change one value somewhere in the arguments."""
    positional, _, named = arguments
    slots = [(positional, index) for index in range(len(positional))] + [(named, name) for name in named]
    if not slots:
        return arguments
    holder, key = chosen.choice(slots)
    holder[key] = changed(holder[key], chosen)
    return arguments


def changed(value, chosen, depth=0):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chosen.choice([0, 1, -1, value + 1, value - 1, value * 2, -value])
    if isinstance(value, float):
        return chosen.choice([0.0, 1.0, -1.0, value + 1, value - 1, value / 2, -value])
    if isinstance(value, str):
        letters = list(value)
        where = chosen.randrange(len(letters) + 1)
        return chosen.choice(
            [
                "",
                value + value,
                value[:where],
                value[where:],
                value.swapcase(),
                " " + value,
                value[:where] + "x" + value[where:],
            ]
        )
    if depth < MAX_DEPTH:
        return changed_inside(value, chosen, depth)
    return value


def changed_inside(value, chosen, depth):
    """A container or object with one of its parts dropped, doubled or changed."""
    if isinstance(value, (list, tuple)):
        items = list(value)
        if not items:
            return value
        where = chosen.randrange(len(items))
        kind = chosen.randrange(3)
        if kind == 0:
            del items[where]
        elif kind == 1:
            items.insert(where, copy.deepcopy(items[where]))
        else:
            items[where] = changed(items[where], chosen, depth + 1)
        return type(value)(items) if type(value) in (list, tuple) else value
    if isinstance(value, dict) and value:
        name = chosen.choice(list(value))
        value[name] = changed(value[name], chosen, depth + 1)
        return value
    parts = [(k, v) for k, v in fields_of(value) if k != "repr"]
    if parts and not callable(value):
        name, part = chosen.choice(parts)
        setattr(value, name, changed(part, chosen, depth + 1))
    return value
