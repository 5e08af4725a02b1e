"""Pytest plugin, loaded into the target's interpreter: whatever makes runs differ or stop early is switched off.

Standard library only, Python 3.8 and newer. Options are set once they are parsed, so that the target's own ones stay
valid. Where REGREEN_CALM names a file, what was switched off is written there, by the words of OPTIONS and RERUNNERS;
without it the target's own order, reruns, workers and coverage stay. Node ids must not depend on that: a test is
never repeated.
"""

import json
import os

import pytest

PATH = os.environ.pop("REGREEN_CALM", "")
SEED = 0
if os.environ.pop("REGREEN_OFFERED", ""):  # our flags came by the variable; pytests below this one are the tests' own
    os.environ.pop("PYTEST_ADDOPTS", None)
# By word: the options that switch it off, with their values.
OPTIONS = {
    "xdist": {"numprocesses": 0, "dist": "no", "tx": [], "distload": False},
    "randomly": {"randomly_reorganize": False},
    "random_order": {"random_order_bucket": "none"},
    "reverse": {"reverse": False},
}
# Plug-ins that run red tests again, by word, with each name they may be registered under.
RERUNNERS = (
    ("rerunfailures", "rerunfailures"),
    ("rerunfailures", "pytest_rerunfailures"),
    ("flaky", "flaky"),
    ("flaky", "flaky.flaky_pytest_plugin"),
    ("retry", "pytest-retry"),
    ("retry", "pytest_retry.retry_plugin"),
)
found = []  # type: list[str]


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Coverage starts this early."""
    options = early_config.known_args_namespace
    if PATH and getattr(options, "cov_source", None):
        options.cov_source = []
        found.append("cov")
    yield


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    option = config.option
    option.maxfail = int(os.environ.get("REGREEN_MOST_RED", "0"))
    if getattr(option, "count", 1) != 1:
        option.count = 1
        found.append("repeat")
    if PATH:
        switch_off(config)
    yield


def switch_off(config):
    option = config.option
    found.extend(word for word in OPTIONS if is_on(word, option))
    quiet = {name: value for options in OPTIONS.values() for name, value in options.items() if hasattr(option, name)}
    vars(option).update(quiet)
    if hasattr(option, "randomly_seed") and not any("randomly-seed" in part for part in config.getini("addopts")):
        option.randomly_seed = SEED


def is_on(word, option):
    if word == "xdist":
        return bool(getattr(option, "numprocesses", None) or getattr(option, "tx", None))
    if word == "randomly":
        return bool(getattr(option, "randomly_reorganize", False))
    if word == "random_order":
        default = str(getattr(option, "random_order_bucket", "default:")).startswith("default:")
        return bool(getattr(option, "random_order_enabled", False) or not default)
    return bool(getattr(option, word, False))


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    """Rerunners leave only now that their markers are known."""
    if not PATH:
        return
    for word, name in RERUNNERS:
        plugin = config.pluginmanager.get_plugin(name)
        if plugin is not None:
            config.pluginmanager.unregister(plugin)
            found.append(word)
    with open(PATH, "w", encoding="ascii") as file:
        json.dump(found, file)
