"""Pytest plugin, loaded into the target's interpreter: the tests named in the file REGREEN_FIRST come first.

Standard library only, Python 3.8 and newer. The others keep their order.
"""

import json
import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    path = os.environ.get("REGREEN_FIRST")
    if not path:
        return
    with open(path, encoding="utf-8") as lines:
        first = set(json.load(lines))
    items.sort(key=lambda item: item.nodeid not in first)
