"""Pytest plugin, loaded into the target's interpreter: two tests of ours among the target's. PYTEST_DONT_REWRITE

Standard library only, Python 3.8 and newer. REGREEN_CANARY holds "pass,fail", the random names of a test that must
pass, asked before the first test, and of one that must fail, asked after the last one. Neither is collected, set up or
torn down, so that nothing of the target's changes. REGREEN_JUNIT names a file for pytest's own report.
"""

import os

import pytest

NAMES = os.environ.pop("REGREEN_CANARY", "")
JUNIT = os.environ.pop("REGREEN_JUNIT", "")


class Canaries:
    """Asks each of the two once, by what calls and reports any test."""

    def __init__(self, passing, failing, runner):
        self.waiting = {passing: holds, failing: fails}
        self.passing, self.failing = passing, failing
        self.runner = runner

    def ask(self, name, beside):
        """Call the test as if it stood in the module of `beside`; what comes of it is only told."""
        body = self.waiting.pop(name, None)
        if body is None:
            return
        try:
            item = made(name, body, beside)
            item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            call = self.runner.CallInfo.from_call(item.runtest, when="call")
            report = item.ihook.pytest_runtest_makereport(item=item, call=call)
            item.ihook.pytest_runtest_logreport(report=report)
            item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        except Exception:  # what keeps it from running is for the reader of the records to judge
            pass

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item, nextitem):
        self.ask(self.passing, item)
        yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item, nextitem):
        if nextitem is None:
            self.ask(self.failing, item)
        yield


def holds():
    assert len("holds") == 5


def fails():
    assert len("fails") == 6, "this test must fail"


def made(name, body, beside):
    parent = beside.getparent(pytest.Module) or beside.parent
    if hasattr(pytest.Function, "from_parent"):
        return pytest.Function.from_parent(parent, name=name, callobj=body)
    return pytest.Function(name, parent, callobj=body)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if not NAMES or hasattr(config, "workerinput") or is_shared(config.option):
        return
    from _pytest import runner

    if JUNIT and hasattr(config.option, "xmlpath"):
        config.option.xmlpath = JUNIT
    config.pluginmanager.register(Canaries(*NAMES.split(","), runner), "regreen-canaries")


def is_shared(option):
    """Workers of pytest-xdist accept reports of the tests they were given, and of no others."""
    return bool(getattr(option, "numprocesses", None) or getattr(option, "tx", None))
