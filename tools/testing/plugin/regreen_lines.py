"""Which lines of a tree's Python files run, by the quickest way an interpreter has to tell.

Standard library only, Python 3.8 and newer. No lock is held while tracing.
"""

import os
import sys
import threading

monitoring = getattr(sys, "monitoring", None)
TOOLS = (4, 3)  # identifiers that nobody has a claim on (PEP 669)


class Files:
    """Which files are recorded, under what name."""

    def __init__(self, root):
        self.root = os.path.realpath(root).rstrip(os.sep) + os.sep
        self.names = {}

    def name_of(self, filename):
        """The name of a file to record; "" for one outside the root."""
        if filename not in self.names:
            path = os.path.realpath(filename)
            keep = path.startswith(self.root) and "site-packages" not in path and not filename.startswith("<")
            self.names[filename] = path[len(self.root) :] if keep else ""
        return self.names[filename]


class Seen:
    """The lines that one code object has run in the current test, and those it may run."""

    def __init__(self, code, name):
        self.code = code
        self.name = name
        self.lines = set()
        lines = lines_in(code)
        # Where a function only begins there, its first line is never run.
        self.all = lines - {code.co_firstlineno} or lines

    def is_complete(self):
        return len(self.lines) >= len(self.all) and self.all <= self.lines


def lines_in(code):
    """The lines that a code object may run."""
    if hasattr(code, "co_lines"):
        return {line for _, _, line in code.co_lines() if line is not None}
    import dis

    return {line for _, line in dis.findlinestarts(code)}


class SetTrace:
    """Records lines with sys.settrace; a code object that has run all its lines is not followed any more."""

    def __init__(self, files):
        self.files = files
        self.seen = {}
        self.locals = {}

    def start(self):
        self.seen = {}
        self.locals = {}
        self.previous = sys.gettrace()
        threading.settrace(self.enter)
        sys.settrace(self.enter)

    def stop(self):
        sys.settrace(self.previous)
        threading.settrace(None)
        return self.seen.values()

    def pause(self):
        sys.settrace(None)

    def go_on(self):
        sys.settrace(self.enter)

    def enter(self, frame, event, arg):
        code = frame.f_code
        name = self.files.name_of(code.co_filename)
        if not name:
            return None
        seen = self.seen.get(id(code))
        if seen is None:
            seen = self.seen[id(code)] = Seen(code, name)
            self.locals[id(code)] = local_trace(seen.lines.add)
        elif seen.is_complete():
            return None
        return self.locals[id(code)]


def local_trace(add):
    def local(frame, event, arg):
        if event == "line":
            add(frame.f_lineno)
        return local

    return local


class Monitor:
    """Records lines with sys.monitoring: each place of a line tells once a test, and costs nothing from then on."""

    def __init__(self, files, tool):
        self.files = files
        self.tool = tool
        self.seen = {}
        self.watched = {}
        self.active = False
        events = monitoring.events
        monitoring.use_tool_id(tool, "regreen")
        monitoring.register_callback(tool, events.PY_START, self.begun)
        monitoring.register_callback(tool, events.LINE, self.ran)
        monitoring.set_events(tool, events.PY_START)

    def begun(self, code, offset):
        """A code object is met for the first time: from now on its lines tell, or it never asks again."""
        if id(code) not in self.watched and self.files.name_of(code.co_filename):
            self.watched[id(code)] = code
            monitoring.set_local_events(self.tool, code, monitoring.events.LINE)
        return monitoring.DISABLE

    def ran(self, code, line):
        if not self.active:
            return None
        seen = self.seen.get(id(code))
        if seen is None:
            seen = self.seen[id(code)] = Seen(code, self.files.name_of(code.co_filename))
        seen.lines.add(line)
        return monitoring.DISABLE

    def start(self):
        self.seen = {}
        self.active = True

    def pause(self):
        self.active = False

    def go_on(self):
        self.active = True

    def stop(self):
        self.active = False
        for seen in self.seen.values():
            # The lines that told in this test shall tell again in the next.
            monitoring.set_local_events(self.tool, seen.code, 0)
            monitoring.set_local_events(self.tool, seen.code, monitoring.events.LINE)
        return self.seen.values()


def tracer(root):
    """The quicker way where there is one, and nobody else has it."""
    files = Files(root)
    free = [tool for tool in TOOLS if monitoring is not None and monitoring.get_tool(tool) is None]
    return Monitor(files, free[0]) if free else SetTrace(files)


def by_file(found):
    """What `stop` gives, as rising lines by the name of the file."""
    lines = {}
    for seen in found:
        lines.setdefault(seen.name, set()).update(seen.lines)
    return {name: sorted(numbers) for name, numbers in lines.items() if numbers}
