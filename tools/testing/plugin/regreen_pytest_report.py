"""Pytest plugin, loaded into the target's interpreter: what ran and how it ended, as JSON lines.

Standard library only, Python 3.8 and newer. Records go to the file named in REGREEN_RESULTS; nothing the tests
print is ever read. REGREEN_SELECT may name a file of node ids: other collected tests are deselected.
REGREEN_FOREIGN_ROOT may name a folder no module should be loaded from (the user's own tree).
"""

import json
import os
import sys
import time

import pytest

MAX_TEXT = 4000
MAX_FRAMES = 50


def clip(text, limit=MAX_TEXT):
    """Keep the head and the tail of a long text."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return text[:half] + "\n[... %d characters cut ...]\n" % (len(text) - limit) + text[-half:]


def frames_of(excinfo):
    """The traceback's entries, outermost first, pytest's own frames left out."""
    frames = []
    for entry in excinfo.traceback:
        path = str(entry.path)
        if os.sep + "_pytest" + os.sep in path or os.sep + "pluggy" + os.sep in path:
            continue
        frames.append([path, entry.lineno + 1, entry.name])
    return frames[-MAX_FRAMES:]


def describe(excinfo):
    """Exception type, message and frames of a caught exception, as JSON values."""
    try:
        message = str(excinfo.value)
    except Exception as error:  # a target's own __str__ may raise
        message = "<message unavailable: %s>" % type(error).__name__
    kind = excinfo.type
    name = kind.__name__ if kind.__module__ == "builtins" else "%s.%s" % (kind.__module__, kind.__name__)
    return {"exception": name, "message": clip(message), "frames": frames_of(excinfo)}


class Reporter:
    """Writes one record an event; a fork of this process stays silent."""

    def __init__(self, path):
        self.pid = os.getpid()
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)

    def write(self, **record):
        if os.getpid() == self.pid:
            line = json.dumps(record, ensure_ascii=True) + "\n"
            os.write(self.file, line.encode("ascii"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session, config, items):
        select = os.environ.get("REGREEN_SELECT")
        if not select:
            return
        with open(select, encoding="utf-8") as lines:
            wanted = set(json.load(lines))
        keep, dropped = [], []
        for item in items:
            (dropped if wanted.isdisjoint(prefixes(item.nodeid)) else keep).append(item)
        if dropped:
            config.hook.pytest_deselected(items=dropped)
            items[:] = keep

    def pytest_collection_finish(self, session):
        self.write(event="collected", count=len(session.items))

    def pytest_collectreport(self, report):
        if not report.failed:
            return
        failure = getattr(report, "regreen", None) or {"exception": "", "message": "", "frames": []}
        self.write(event="uncollected", id=report.nodeid, text=clip(str(report.longrepr)), failure=failure)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector):
        outcome = yield
        report = outcome.get_result()
        call = getattr(report, "call", None)
        if report.failed and call is not None and call.excinfo is not None:
            report.regreen = describe_collection(call.excinfo)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        report = outcome.get_result()
        if report.failed and call.excinfo is not None:
            report.regreen = describe(call.excinfo)

    def pytest_runtest_logreport(self, report):
        record = {
            "event": "phase",
            "id": report.nodeid,
            "when": report.when,
            "outcome": report.outcome,
            "xfail": hasattr(report, "wasxfail"),
            "seconds": report.duration,
        }
        if report.failed:
            record["text"] = clip(str(report.longrepr))
            record["captured"] = clip("\n".join(content for _, content in report.sections), 2000)
            record["failure"] = getattr(report, "regreen", None) or {"exception": "", "message": "", "frames": []}
        self.write(**record)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session, exitstatus):
        self.write(event="end", exit=int(exitstatus), foreign=foreign_modules())


def describe_collection(excinfo):
    """As `describe`, for a collection error, whose real cause pytest wraps in its own exception."""
    found = describe(excinfo)
    cause = excinfo.value.__cause__ or excinfo.value.__context__
    if cause is not None and type(excinfo.value).__name__ == "CollectError":
        wrapped = pytest.ExceptionInfo.from_exc_info((type(cause), cause, cause.__traceback__))
        found = describe(wrapped)
        if isinstance(cause, SyntaxError) and cause.filename:
            found["frames"].append([cause.filename, cause.lineno or 1, "<module>"])
        if isinstance(cause, ImportError) and cause.name:
            found["missing"] = cause.name
    return found


def prefixes(nodeid):
    """A node id and all that may stand for it: its function without parameters, its class, its file, folders above."""
    parts = nodeid.split("::")
    folders = parts[0].split("/")
    yield nodeid.partition("[")[0]
    yield from ("::".join(parts[: n + 1]) for n in range(len(parts)))
    yield from ("/".join(folders[:n]) for n in range(1, len(folders)))


def foreign_modules():
    """Modules loaded from the user's own tree, where the work tree's should have been."""
    root = os.environ.get("REGREEN_FOREIGN_ROOT")
    if not root:
        return []
    spared = json.loads(os.environ.get("REGREEN_FOREIGN_SPARED", "[]"))
    found = []
    for name, module in list(sys.modules.items()):
        path = os.path.realpath(str(getattr(module, "__file__", None) or "/"))
        if inside(path, root) and not any(inside(path, spare) for spare in spared):
            found.append(name)
    return sorted(found)


def inside(path, root):
    return path.startswith(root.rstrip(os.sep) + os.sep)


# Options that choose or stop by what an earlier run left in the cache.
REMEMBERING = ("lf", "failedfirst", "newfirst", "stepwise", "stepwise_skip", "stepwise_reset", "cacheclear")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    for name in REMEMBERING:
        if hasattr(config.option, name):
            setattr(config.option, name, False)
    path = os.environ.get("REGREEN_RESULTS")
    if path and not hasattr(config, "workerinput"):
        reporter = Reporter(path)
        reporter.write(event="start", pytest=pytest.__version__, python=sys.version.split()[0], time=time.time())
        config.pluginmanager.register(reporter, "regreen-reporter")
