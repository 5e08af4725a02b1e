"""Loaded by every Python below a test command that is not pytest: which lines of the tree it runs, as one JSON line.

Standard library only, Python 3.8 and newer. The lines go to the file named in REGREEN_ANY_LINES when the process ends.
"""

import atexit
import json
import os
import sys
import threading

PATH = os.environ.get("REGREEN_ANY_LINES", "")
ROOT = os.path.join(os.path.realpath(os.environ.get("REGREEN_TRACE_ROOT", "/")), "")
wanted = {}  # type: dict[str, str | None]
lines = {}  # type: dict[str, set[int]]


def lines_of(filename):
    """The line set of a file to record, or None for a file outside the tree."""
    if filename not in wanted:
        path = os.path.realpath(filename)
        keep = path.startswith(ROOT) and "site-packages" not in path and not filename.startswith("<")
        wanted[filename] = path[len(ROOT) :] if keep else None
    name = wanted[filename]
    return None if name is None else lines.setdefault(name, set())


def enter(frame, event, arg):
    found = lines_of(frame.f_code.co_filename)
    if found is None:
        return None

    def local(frame, event, arg):
        if event == "line":
            found.add(frame.f_lineno)
        return local

    return local


def write():
    sys.settrace(None)
    row = json.dumps({name: sorted(found) for name, found in lines.items() if found})
    with open(PATH, "a", encoding="ascii") as out:
        out.write(row + "\n")


if PATH:
    atexit.register(write)
    threading.settrace(enter)
    sys.settrace(enter)
