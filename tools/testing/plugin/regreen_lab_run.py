"""Running one test in this process, and what it says: by pytest's hooks, or without them where it needs none.

Standard library and pytest only, Python 3.8 and newer.
"""

import asyncio
import functools
import re
import unittest

import pytest
from _pytest.outcomes import Skipped, XFailed
from _pytest.runner import runtestprotocol
from _pytest.unittest import TestCaseFunction

ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
# What makes more of a TestCase than its methods.
OF_A_CLASS = ("run", "__call__", "setUpClass", "tearDownClass", "setup_class", "teardown_class", "setup_method",
              "teardown_method")  # fmt: skip
OF_A_MODULE = ("setUpModule", "tearDownModule", "setup_module", "teardown_module")


class TooLong(BaseException):
    """The time limit of a test; BaseException, so that few swallow it."""


def called(item):
    """Call a test function with its parameters, as pytest does in the end; its status, and why it is red."""
    function = item.obj if item.cls is None else getattr(item.cls(), item.originalname)
    try:
        function(**(item.callspec.params if hasattr(item, "callspec") else {}))
    except XFailed:
        return "XFAIL", ""
    except Skipped:
        return "SKIPPED", ""
    except TooLong:
        raise
    except BaseException as error:
        return ("SKIPPED", "") if type(error).__name__ == "SkipTest" else ("FAILED", told(error))
    return "PASSED", ""


def called_case(item):
    """Run a method of a TestCase as unittest does; its status, and why it is red."""
    heard = Heard()
    item.cls(item.name).run(heard)
    return heard.said


class Heard(unittest.TestResult):
    """What unittest says of one test, in pytest's words; the first trouble counts."""

    said = ("PASSED", "")

    def addError(self, test, err):
        self.said = self.said if self.said[0] == "FAILED" else ("FAILED", told(err[1]))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(test, err)

    def addSkip(self, test, reason):
        self.said = ("SKIPPED", "")

    def addExpectedFailure(self, test, err):
        self.said = ("XFAIL", "")

    def addUnexpectedSuccess(self, test):
        self.said = ("FAILED", "Unexpected success")


def by_hooks(item):
    """Run a test as pytest does; `told` is what its failures are told by in this process."""
    reports = runtestprotocol(item, log=False, nextitem=None)
    red = next((report for report in reports if report.outcome == "failed"), None)
    if red is not None:
        return status_of(red), str(red.longrepr)
    return next(filter(None, map(status_of, reports))), ""


def status_of(report):
    """What one phase says of its test; None where that is nothing."""
    if report.outcome == "failed":
        return "FAILED" if report.when == "call" else "ERROR"
    if report.outcome == "skipped":
        return "XFAIL" if hasattr(report, "wasxfail") else "SKIPPED"
    return "PASSED" if report.when == "call" else None


def told(error):
    """An exception in a few words that are the same each time."""
    try:
        return "%s: %s" % (type(error).__name__, ADDRESS.sub("", str(error))[:300])
    except BaseException:
        return type(error).__name__


@functools.lru_cache(maxsize=None)
def way_of(item):
    """How a test can be run without pytest's hooks; None where it needs them."""
    return called if is_plain(item) else called_case if is_plain_case(item) else None


def is_plain_case(item):
    """Whether a test is a method of a TestCase for which neither pytest nor its class or module does more."""
    if type(item) is not TestCaseFunction or any(True for _ in item.iter_markers()):
        return False
    own = [name for name in OF_A_CLASS if function(item.cls, name) is not function(unittest.TestCase, name)]
    own += [name for name in OF_A_MODULE if hasattr(item.module, name)]
    return not own and all(name == "request" or "unittest" in name or "xunit" in name for name in item.fixturenames)


def function(owner, name):
    found = getattr(owner, name, None)
    return getattr(found, "__func__", found)


def is_plain(item):
    """Whether a test is a function that needs nothing but its parameters."""
    if type(item) is not pytest.Function or asyncio.iscoroutinefunction(item.obj):
        return False
    params = item.callspec.params if hasattr(item, "callspec") else {}
    if not set(item.fixturenames) <= set(params) or any(mark.name != "parametrize" for mark in item.iter_markers()):
        return False
    fixtures = item._fixtureinfo.name2fixturedefs
    return all(fixtures[name][-1].func.__module__.startswith("_pytest") for name in params if name in fixtures)
