"""Loaded by every Python below a test command that is not pytest: which lines of the tree it runs, as one JSON line.

Standard library only, Python 3.8 and newer. The lines go to the file named in REGREEN_ANY_LINES when the process ends.
"""

import atexit
import json
import os

import regreen_lines

PATH = os.environ.get("REGREEN_ANY_LINES", "")


def write(tracer):
    row = json.dumps(regreen_lines.by_file(tracer.stop()))
    with open(PATH, "a", encoding="ascii") as out:
        out.write(row + "\n")


if PATH:
    lines = regreen_lines.tracer(os.environ.get("REGREEN_TRACE_ROOT", "/"))
    atexit.register(write, lines)
    lines.start()
