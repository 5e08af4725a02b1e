"""Pytest plugin, loaded into the target's interpreter: which lines each test runs, as JSON lines.

Standard library only, Python 3.8 and newer. Lines of Python files below REGREEN_TRACE_ROOT are recorded per test,
set-up and tear-down included, into the file named in REGREEN_LINES, each row behind its seal.
"""

import contextlib
import os

import pytest
import regreen_lines
import regreen_pytest_report
from _pytest.assertion import rewrite

# What rewritten assertions call to tell their operands: only red tests would run the __repr__ of these.
EXPLAINING = ("_saferepr", "_call_reprcompare")


class Tracer:
    """Writes a row a test."""

    def __init__(self, root, rows):
        self.rows = rows
        self.tracer = regreen_lines.tracer(root)
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
            lines = regreen_lines.by_file(self.tracer.stop())
        self.rows.write(id=item.nodeid, lines=lines)


def pytest_configure(config):
    path = os.environ.get("REGREEN_LINES")
    reporter = config.pluginmanager.get_plugin("regreen-reporter")
    if path and reporter:
        rows = regreen_pytest_report.Rows(path, reporter.rows.seal)
        config.pluginmanager.register(Tracer(os.environ["REGREEN_TRACE_ROOT"], rows), "regreen-tracer")
