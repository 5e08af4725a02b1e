"""Pytest plugin, loaded into the target's interpreter: two tests of ours among the target's. PYTEST_DONT_REWRITE

Standard library only, Python 3.8 and newer. The file named in REGREEN_ORDERS, where there is one, is read and removed.
It holds the random name of a test that must pass, asked before the first test, that of one that must fail, asked after
the last one, and a path for pytest's own report. Neither test is collected, set up or torn down, so that nothing of the
target's changes.
"""

import os

import pytest


def taken_orders():
    path = os.environ.pop("REGREEN_ORDERS", "")
    if not path or not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        orders = file.read().split("\n")
    os.unlink(path)
    return orders[:3]


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


def configured_with(orders):
    """The hook that registers the two; their names lie in no module."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(config):
        if not orders or hasattr(config, "workerinput") or is_shared(config.option):
            return
        from _pytest import runner

        passing, failing, junit = orders
        if hasattr(config.option, "xmlpath"):
            config.option.xmlpath = junit
        config.pluginmanager.register(Canaries(passing, failing, runner), "regreen-canaries")

    return pytest_configure


def is_shared(option):
    """Workers of pytest-xdist accept reports of the tests they were given, and of no others."""
    return bool(getattr(option, "numprocesses", None) or getattr(option, "tx", None))


pytest_configure = configured_with(taken_orders())
