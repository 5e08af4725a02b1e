"""Modules that run in the target's interpreter, loaded as they are there: by a name of their own, from one folder."""

import importlib
from types import ModuleType

import pytest

from tools.testing.interpreter import PLUGINS


def load(name: str) -> ModuleType:
    """The module of that name among the plug-ins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PLUGINS)
        return importlib.import_module(name)
