"""Pytest plugin, loaded into the target's interpreter: which lines each test runs, as JSON lines.

Standard library only, Python 3.8 and newer. Lines of Python files below REGREEN_TRACE_ROOT are recorded per test,
set-up and tear-down included, into the file named in REGREEN_LINES. No lock is held while tracing.
"""

import json
import os
import sys
import threading

import pytest


class Tracer:
    """A line tracer that keeps, for the current test, a set of lines a file."""

    def __init__(self, root, path):
        self.root = os.path.realpath(root).rstrip(os.sep) + os.sep
        self.out = open(path, "a", encoding="ascii")  # noqa: SIM115  (closed with the process)
        self.pid = os.getpid()
        self.wanted = {}
        self.lines = {}

    def lines_of(self, filename):
        """The line set of a file to record, or None for a file outside the root."""
        if filename not in self.wanted:
            path = os.path.realpath(filename)
            keep = path.startswith(self.root) and "site-packages" not in path and not filename.startswith("<")
            self.wanted[filename] = path[len(self.root) :] if keep else None
        name = self.wanted[filename]
        return None if name is None else self.lines.setdefault(name, set())

    def enter(self, frame, event, arg):
        lines = self.lines_of(frame.f_code.co_filename)
        if lines is None:
            return None
        add = lines.add

        def local(frame, event, arg):
            if event == "line":
                add(frame.f_lineno)
            return local

        return local

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item, nextitem):
        self.lines = {}
        previous = sys.gettrace()
        threading.settrace(self.enter)
        sys.settrace(self.enter)
        try:
            yield
        finally:
            sys.settrace(previous)
            threading.settrace(None)
        if os.getpid() == self.pid:
            found = {name: sorted(lines) for name, lines in self.lines.items() if lines}
            self.out.write(json.dumps({"id": item.nodeid, "lines": found}) + "\n")
            self.out.flush()


def pytest_configure(config):
    path = os.environ.get("REGREEN_LINES")
    if path:
        config.pluginmanager.register(Tracer(os.environ["REGREEN_TRACE_ROOT"], path), "regreen-tracer")
