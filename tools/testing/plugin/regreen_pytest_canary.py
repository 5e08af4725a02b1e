"""Pytest plugin, loaded into the target's interpreter: two tests of ours among the target's. PYTEST_DONT_REWRITE

Standard library only, Python 3.8 and newer. The file named in REGREEN_ORDERS, or the first of that folder, is read and
removed. It holds the random name of a test that must pass, asked before the first test, that of one that must fail,
asked after the last one, and a path for pytest's own report. Neither test is collected, set up or torn down, so that
nothing of the target's changes. A further line says that what comes after this pytest reads its exit code, which ours
then leaves alone, and its own report, which then keeps its place.
"""

import os

import pytest


def taken_orders():
    path = os.environ.pop("REGREEN_ORDERS", "")
    paths = [os.path.join(path, name) for name in sorted(os.listdir(path))] if os.path.isdir(path) else [path]
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                orders = file.read().split("\n")
            os.unlink(path)
        except OSError:  # there are none, or another pytest took these
            continue
        return orders[:4]
    return []


class Canaries:
    """Asks each of the two once, by what calls and reports any test."""

    def __init__(self, orders, runner):
        self.passing, self.failing, _, quiet = orders
        self.waiting = {self.passing: holds, self.failing: fails}
        self.is_quiet = bool(quiet)
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
            session = item.session
            known = session.testsfailed, session.shouldfail
            self.ask(self.failing, item)
            if self.is_quiet:
                session.testsfailed, session.shouldfail = known
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

        _, _, junit, quiet = orders
        if hasattr(config.option, "xmlpath") and not (quiet and config.option.xmlpath):
            config.option.xmlpath = junit
        config.pluginmanager.register(Canaries(orders, runner), "regreen-canaries")

    return pytest_configure


def is_shared(option):
    """Workers of pytest-xdist accept reports of the tests they were given, and of no others."""
    return bool(getattr(option, "numprocesses", None) or getattr(option, "tx", None))


pytest_configure = configured_with(taken_orders())
