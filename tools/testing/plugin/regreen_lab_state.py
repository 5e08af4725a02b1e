"""What one test may leave for the next, kept and put back: module globals, what they hold, and the process's own state.

Standard library only, Python 3.8 and newer. Looked at are the containers, classes, objects, default arguments and
closures that the target's modules and the parameters of its tests reach, as far as MAX_KEPT of them. Two equal values
count as the same one. What is not found here is what a new fork is for.
"""

import collections
import functools
import gc
import os
import random
import sys
import threading
import types

MAX_KEPT = 4000
COPIES = {
    dict: dict, collections.OrderedDict: collections.OrderedDict, list: list, set: set, bytearray: bytearray,
    collections.deque: collections.deque, collections.defaultdict: dict, collections.Counter: dict,
}  # fmt: skip
PLAIN = (str, bytes, int, float, complex, bool, type(None), types.ModuleType, types.CodeType, types.BuiltinFunctionType)
GONE = object()


class State:
    """The state at the moment it is made; `restore` brings it back."""

    def __init__(self, root, more=()):
        self.root = os.path.realpath(root) + os.sep
        self.modules = [module for module in list(sys.modules.values()) if self.is_own(module)]
        self.names = {module.__name__ for module in self.modules}
        self.kept = {}
        self.classes = {}
        self.visit([*(vars(module) for module in self.modules), *more])
        pairs = [*self.kept.values(), *((vars(thing), attributes) for thing, attributes in self.classes.values())]
        self.things, self.copies = [thing for thing, _ in pairs], [copy for _, copy in pairs]
        self.caches = [
            thing
            for thing in gc.get_objects()
            if type(thing) is functools._lru_cache_wrapper and getattr(thing, "__module__", None) in self.names
        ]
        self.environ = dict(os.environ._data)  # as bytes: nothing need be decoded to compare
        self.folder = os.getcwd()
        self.path = list(sys.path)
        self.random = random.getstate()
        self.begin()

    def begin(self):
        """What belongs to a process of its own, looked at again in a fork."""
        self.streams = (sys.stdin, sys.stdout, sys.stderr)
        self.threads = threading.active_count()
        self.pid = os.getpid()

    def is_own(self, module):
        path = getattr(module, "__file__", None)
        return isinstance(path, str) and os.path.realpath(path).startswith(self.root) and "site-packages" not in path

    def visit(self, waiting):
        """Keep what is reachable, nearest first; functions and tuples may hold themselves, so nothing is seen twice."""
        waiting = collections.deque(waiting)
        seen = set()
        while waiting and len(self.kept) < MAX_KEPT:
            thing = waiting.popleft()
            kind = type(thing)
            if kind in PLAIN or id(thing) in seen:
                continue
            seen.add(id(thing))
            if kind in COPIES:
                self.kept[id(thing)] = (thing, COPIES[kind](thing))
                if kind is not bytearray:
                    waiting.extend(thing.values() if isinstance(thing, dict) else thing)
            elif kind in (tuple, frozenset):
                waiting.extend(thing)
            elif kind is types.FunctionType:
                waiting.extend(held_by(thing) if thing.__module__ in self.names else ())
            elif isinstance(thing, type):
                if thing.__module__ in self.names:
                    self.classes[id(thing)] = (thing, dict(vars(thing)))
                    waiting.extend(vars(thing).values())
            elif kind.__module__ in self.names and isinstance(getattr(thing, "__dict__", None), dict):
                waiting.append(vars(thing))

    def restore(self):
        """Bring everything kept back; False when what is left cannot be: threads, a fork of this process."""
        if not alike(self.things, self.copies):  # as a rule nothing has changed, and this alone tells
            self.put_all_back()
        for cache in self.caches:
            cache.cache_clear()
        if os.environ._data != self.environ:
            os.environb.clear()
            os.environb.update(self.environ)
        self.restore_process()
        return threading.active_count() == self.threads and os.getpid() == self.pid

    def put_all_back(self):
        for thing, copy in self.kept.values():
            if not alike(thing, copy):
                put_back(thing, copy)
        for thing, attributes in self.classes.values():
            if len(vars(thing)) != len(attributes) or any(
                attributes.get(name, GONE) is not value for name, value in vars(thing).items()
            ):
                put_class_back(thing, attributes)

    def restore_process(self):
        try:
            moved = os.getcwd() != self.folder
        except OSError:  # it is gone
            moved = True
        if moved:
            os.chdir(self.folder)
        sys.stdin, sys.stdout, sys.stderr = self.streams
        if sys.path != self.path:
            sys.path[:] = self.path
        random.setstate(self.random)
        if sys.gettrace() is not None:
            sys.settrace(None)


def held_by(function):
    """Default arguments, attributes, and what a closure closes over."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield vars(function)
    yield from (cell.cell_contents for cell in function.__closure__ or () if holds(cell))


def holds(cell):
    try:
        return cell.cell_contents is not None
    except ValueError:  # empty
        return False


def alike(thing, copy):
    """Whether a container holds what it held; values that are the same object are not asked."""
    try:
        return bool(thing == copy)
    except Exception:  # values that cannot be compared: then they are others
        return False


def put_back(thing, copy):
    if isinstance(thing, (dict, set)):
        thing.clear()
        thing.update(copy)
    elif isinstance(thing, collections.deque):
        thing.clear()
        thing.extend(copy)
    else:
        thing[:] = copy


def put_class_back(thing, attributes):
    for name in [name for name in vars(thing) if name not in attributes]:
        type.__delattr__(thing, name)
    for name, value in attributes.items():
        if vars(thing).get(name, GONE) is not value:
            try:
                type.__setattr__(thing, name, value)
            except (AttributeError, TypeError):  # of those that every class has
                continue
