"""Pytest plugin, loaded into the target's interpreter: which lines each test runs, as JSON lines.

Standard library only, Python 3.8 and newer. Lines of Python files below REGREEN_TRACE_ROOT are recorded per test,
set-up and tear-down included, into the file named in REGREEN_LINES, each row behind the run's secret. No lock is held
while tracing.
"""

import contextlib
import os
import sys
import threading

import pytest
import regreen_pytest_report
from _pytest.assertion import rewrite

monitoring = getattr(sys, "monitoring", None)
# What rewritten assertions call to tell their operands: only red tests would run the __repr__ of these.
EXPLAINING = ("_saferepr", "_call_reprcompare")
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
        lines = {line for _, line in line_starts(code)}
        # Where a function only begins there, its first line is never run.
        self.all = lines - {code.co_firstlineno} or lines

    def is_complete(self):
        return len(self.lines) >= len(self.all) and self.all <= self.lines


def line_starts(code):
    if hasattr(code, "co_lines"):
        return [(start, line) for start, _, line in code.co_lines() if line is not None]
    import dis

    return list(dis.findlinestarts(code))


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


def tracer(files):
    """The quicker way where there is one, and nobody else has it."""
    free = [tool for tool in TOOLS if monitoring is not None and monitoring.get_tool(tool) is None]
    return Monitor(files, free[0]) if free else SetTrace(files)


class Tracer:
    """Writes a row a test."""

    def __init__(self, root, path):
        self.rows = regreen_pytest_report.Rows(path, regreen_pytest_report.KEY)
        self.tracer = tracer(Files(root))
        self.running = False
        for name in EXPLAINING:
            if hasattr(rewrite, name):
                setattr(rewrite, name, self.unseen(getattr(rewrite, name)))

    def unseen(self, function):
        """The function, what it runs being no part of the test."""

        def call(*args, **kwargs):
            with self.paused():
                return function(*args, **kwargs)

        return call

    @contextlib.contextmanager
    def paused(self):
        running, self.running = self.running, False
        if running:
            self.tracer.pause()
        try:
            yield
        finally:
            if running:
                self.tracer.go_on()
            self.running = running

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        with self.paused():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item, nextitem):
        self.tracer.start()
        self.running = True
        try:
            yield
        finally:
            self.running = False
            found = {}
            for seen in self.tracer.stop():
                found.setdefault(seen.name, set()).update(seen.lines)
        self.rows.write(id=item.nodeid, lines={name: sorted(lines) for name, lines in found.items() if lines})


def pytest_configure(config):
    path = os.environ.get("REGREEN_LINES")
    if path:
        config.pluginmanager.register(Tracer(os.environ["REGREEN_TRACE_ROOT"], path), "regreen-tracer")
