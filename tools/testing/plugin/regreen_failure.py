"""What one failure is, as JSON values: exception, assertion, causes, frames, and the locals where the target crashed.

Standard library only, Python 3.8 and newer. Everything here looks at objects of the target, which may raise, lie or
never end when asked: each is asked in a bounded way, and what it refuses to tell is named.
"""

import linecache
import os
import re
import reprlib
import sys
import types

MAX_TEXT = 6000
MAX_FRAMES = 50
MAX_ASSERTION_LINES = 12
MAX_CHAIN = 8
MAX_LINE = 300
MAX_LOCALS = 12
MAX_VALUE = 120
MAX_EVENTS = 20000  # calls and lines of the target's __repr__; counted, as its tests may have stopped the clock
LEFT_OUT = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def clip(text, limit=MAX_TEXT):
    """Keep the first and the last lines of a long text; one that is hardly too long stays whole."""
    if len(text) <= limit * 5 // 4:
        return text
    head, tail = text[: limit // 2], text[-(limit // 2) :]
    head = head[: head.rfind("\n") + 1] or head + "\n"
    tail = tail[tail.find("\n") + 1 :] or tail
    return "%s[... %d characters cut ...]\n%s" % (head, len(text) - len(head) - len(tail), tail)


def name_of(kind):
    return kind.__name__ if kind.__module__ == "builtins" else "%s.%s" % (kind.__module__, kind.__name__)


def message_of(value):
    if type(value).__name__ == "DocTestFailure":
        return "expected %r, got %r" % (value.example.want, value.got)
    try:
        return str(value)
    except BaseException as error:  # a target's own __str__ may raise
        return "<message unavailable: %s>" % type(error).__name__


def describe(value, root):
    """One exception with its traceback, the target's code being what lies below `root`; never raises."""
    try:
        return described(unwrapped(value), root)
    except Exception as error:
        return {"exception": type(value).__name__, "message": "<unavailable: %r>" % error, "frames": []}


def described(value, root):
    trace = entries(value.__traceback__)
    leaves = leaves_of(value)
    if leaves:
        trace += entries(leaves[0].__traceback__)
    message = message_of(value)
    return {
        "exception": name_of(type(value)),
        "message": clip(message),
        "assertion": assertion_of(value, message, trace),
        "chain": ["%s: %s" % (name_of(type(one)), first_line(one)) for one in (leaves + causes(value))[:MAX_CHAIN]],
        "frames": ([place(entry) for entry in trace] + doctest_frame(value))[-MAX_FRAMES:],
        "locals": locals_of(trace, root),
    }


def unwrapped(value):
    """What doctest wraps: the first failed example, or the exception an example raised."""
    held = getattr(value, "failures", None)
    if type(value).__name__ == "MultipleDoctestFailures" and held:
        value = held[0]
    return value.exc_info[1] if type(value).__name__ == "UnexpectedException" else value


def doctest_frame(value):
    if type(value).__name__ != "DocTestFailure" or value.test.filename is None:
        return []
    return [[value.test.filename, (value.test.lineno or 0) + value.example.lineno + 1, value.test.name]]


def entries(trace):
    """Frame and line of each step of a traceback, outermost first, pytest's own left out."""
    found = []
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if os.sep + "_pytest" + os.sep not in path and os.sep + "pluggy" + os.sep not in path:
            found.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return found


def place(entry):
    frame, line = entry
    path = frame.f_code.co_filename
    return [path if path.startswith("<") else os.path.abspath(path), line, frame.f_code.co_name]


def leaves_of(value):
    """The exceptions an exception group holds, groups within it opened; nothing for any other exception."""
    if not any(kind.__name__ == "BaseExceptionGroup" for kind in type(value).__mro__):
        return []
    return [leaf for one in value.exceptions for leaf in (leaves_of(one) or [one])]


def causes(value):
    """What an exception was raised from or while handling, nearest first."""
    found = []
    while len(found) < MAX_CHAIN:
        value = value.__cause__ or (None if value.__suppress_context__ else value.__context__)
        if value is None or any(value is one for one in found):
            break
        found.append(value)
    return found


def first_line(value):
    return (message_of(value).strip().splitlines() or [""])[0][:MAX_LINE]


def assertion_of(value, message, trace):
    """A failed assertion as pytest explains it, with its operands; its source where there is no explanation."""
    if not isinstance(value, AssertionError) and type(value).__name__ != "DocTestFailure":
        return ""
    lines = message.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("assert ")), 0)
    lines = [line[:MAX_LINE] for line in lines[start : start + MAX_ASSERTION_LINES]]
    if not lines and trace:
        lines = [linecache.getline(trace[-1][0].f_code.co_filename, trace[-1][1]).strip()[:MAX_LINE]]
    return "\n".join(lines)


def locals_of(trace, root):
    """The variables of the innermost frame in the target's code, arguments first."""
    own = [frame for frame, _ in trace if is_own(frame.f_code.co_filename, root)]
    found = {}
    for name, value in list(own[-1].f_locals.items()) if own else ():
        if len(found) < MAX_LOCALS and not name.startswith(("__", "@")) and not is_left_out(value):
            found[name] = shown(value)
    return found


def is_left_out(value):
    """Whether a value says nothing about the failure: what is defined, not computed, and pytest's own objects."""
    return issubclass(type(value), LEFT_OUT) or str(type(value).__module__).startswith("_pytest.")


def is_own(path, root):
    path = os.path.realpath(path)
    return path.startswith(root) and os.sep + "site-packages" + os.sep not in path


class TooLong(BaseException):
    """A repr took too many steps; BaseException, so that the target's code does not swallow it."""


class Values(reprlib.Repr):
    """reprlib's bounded reprs for the types of Python itself; any other object tells its own."""

    def __init__(self):
        super().__init__()
        self.maxlevel = 3
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = 6
        self.maxstring = MAX_VALUE - 40

    def repr1(self, x, level):
        return super().repr1(x, level) if type(x).__module__ == "builtins" else repr(x)

    def repr_instance(self, x, level):
        return repr(x)

    def repr_int(self, x, level):
        return repr(x) if x.bit_length() < 256 else "<int of %d bits>" % x.bit_length()

    def repr_bytes(self, x, level):
        return repr(x[: self.maxstring]) + ("..." if len(x) > self.maxstring else "")

    repr_bytearray = repr_bytes


VALUES = Values()


def shown(value):
    """A value's repr within MAX_VALUE characters, without addresses; named when there is none to be had."""
    left = [MAX_EVENTS]

    def count(frame, event, arg):
        left[0] -= 1
        if left[0] < 0:
            raise TooLong
        return count

    previous = sys.gettrace()
    sys.settrace(count)
    try:
        text = ADDRESS.sub("", VALUES.repr(value))
    except TooLong:
        text = "<repr takes too long>"
    except BaseException as error:
        text = "<repr raises %s>" % type(error).__name__
    finally:
        sys.settrace(previous)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 3] + "..."
