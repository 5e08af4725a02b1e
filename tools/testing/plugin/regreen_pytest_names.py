"""Pytest plugin, loaded into the target's interpreter: a test has the same name in each run. PYTEST_DONT_REWRITE

A parameter that is shown with its address would make another test of it each time. Standard library and pytest only,
Python 3.8 and newer.
"""

import collections
import re

import pytest

ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,}(?=>)")  # of an object as `object.__repr__` shows it
SEEN = collections.Counter()  # type: ignore[var-annotated]  # 3.8 has no Counter[...] to say it with


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item):
    head, bracket, params = item.nodeid.partition("[")
    name = head + bracket + ADDRESS.sub("0x", params)
    if name != item.nodeid:
        SEEN[name] += 1
        rename(item, name if SEEN[name] == 1 else "%s #%d]" % (name[:-1], SEEN[name]))


def rename(item, nodeid):
    """Give an item another node id; pytest has no public way to."""
    if hasattr(item, "_nodeid"):
        item._nodeid = nodeid
    elif hasattr(getattr(item, "_id", None), "parse"):  # since pytest 9.2
        item._id = item._id.parse(nodeid)
