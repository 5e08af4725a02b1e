"""Pytest plugin, loaded into the target's interpreter: what ran and how it ended, as JSON lines. PYTEST_DONT_REWRITE

Standard library only, Python 3.8 and newer. Records go to the file named in REGREEN_RESULTS, each behind a seal made
with the key in the file REGREEN_KEY_FILE, which is removed, or in REGREEN_KEY; nothing the tests print is ever read.
REGREEN_SELECT may name a file of node ids: other collected tests are deselected. REGREEN_FOREIGN_ROOT may name a
folder no module should be loaded from (the user's own tree).
"""

import hashlib
import json
import os
import sys
import threading
import time

import pytest
import regreen_failure

GRACE_SECONDS = 2
NO_REASON = {"exception": "", "message": "", "frames": []}


class Rows:
    """Appends JSON rows to a file; a fork of this process stays silent.

    Tests may replace functions of `os` and close descriptors they do not know: the functions are kept from before,
    and the descriptor is looked at before each row.
    """

    def __init__(self, path, seal):
        self.getpid, self.fstat, self.open_file, self.append, self.dumps = (
            os.getpid, os.fstat, os.open, os.write, json.dumps,
        )  # fmt: skip
        self.pid = os.getpid()
        self.path = path
        self.seal = seal
        self.count = 0
        self.held = ""
        self.open()

    def open(self):
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        self.file = self.open_file(self.path, flags, 0o600)
        self.inode = self.fstat(self.file).st_ino

    def is_ours(self):
        return self.getpid() == self.pid

    def hold(self, **row):
        """A row that goes with the next one."""
        if not self.is_ours():
            return
        self.count += 1
        # The first line end closes whatever someone else may have left open.
        text = self.dumps(row)
        self.held += "\n%s%s\n" % (self.seal(text), text)

    def write(self, **row):
        if not self.is_ours():
            return
        try:
            if self.fstat(self.file).st_ino != self.inode:
                self.open()
        except OSError:
            self.open()
        self.hold(**row)
        self.append(self.file, self.held.encode("ascii"))
        self.held = ""


class Reporter:
    """Writes a row for each test that begins, for each phase of it that does not pass, and its end."""

    def __init__(self, rows, root):
        self.rows = rows
        self.root = os.path.realpath(root).rstrip(os.sep) + os.sep
        self.begun = {}  # by node id: seconds of phases that got no row yet, and whether the call passed
        self.left = 0  # tests that have not ended
        self.wanted = selection()
        self.above = {part for nodeid in self.wanted or () for part in prefixes(nodeid)}

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector, name):
        """Nothing is made of what holds no test that is asked for: its parameters can be very many."""
        if self.wanted is None:
            return None
        nodeid = "%s::%s" % (collector.nodeid, name)
        return None if nodeid in self.above or not self.wanted.isdisjoint(prefixes(nodeid)) else []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session, config, items):
        if self.wanted is None:
            return
        keep, dropped = [], []
        for item in items:
            (dropped if self.wanted.isdisjoint(prefixes(item.nodeid)) else keep).append(item)
        if dropped:
            config.hook.pytest_deselected(items=dropped)
            items[:] = keep

    def pytest_collection_finish(self, session):
        self.left = len(session.items)
        self.rows.write(event="collected", count=self.left)

    def pytest_collectreport(self, report):
        if report.failed:
            self.rows.write(event="uncollected", id=report.nodeid, **reason_of(report))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector):
        outcome = yield
        report = outcome.get_result()
        call = getattr(report, "call", None)
        if report.failed and call is not None and call.excinfo is not None:
            report.regreen = describe_collection(call.excinfo.value, self.root)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        if call.excinfo is not None and self.rows.is_ours():
            report = outcome.get_result()
            if report.failed:
                report.regreen = regreen_failure.describe(call.excinfo.value, self.root)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid):
        self.rows.write(event="begun", id=nodeid)

    def pytest_runtest_logreport(self, report):
        is_part = hasattr(report, "context")  # a subtest: its time is its test's, and so is its passing
        seconds, passed = self.begun.get(report.nodeid, (0.0, False))
        seconds += 0.0 if is_part else report.duration
        if report.passed:
            self.begun[report.nodeid] = seconds, passed or (report.when == "call" and not is_part)
            return
        self.begun[report.nodeid] = 0.0, passed
        reason = reason_of(report) if report.failed and self.rows.is_ours() else {}
        self.rows.write(
            event="phase",
            id=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            xfail=hasattr(report, "wasxfail"),
            seconds=seconds,
            **reason,
        )

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid):
        self.left -= 1
        write = self.rows.hold if self.left > 0 else self.rows.write
        seconds, passed = self.begun.pop(nodeid, (0.0, False))
        write(event="done", id=nodeid, seconds=seconds, passed=passed)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session, exitstatus):
        self.rows.write(event="end", exit=int(exitstatus), foreign=foreign_modules(), rows=self.rows.count + 1)
        if self.rows.is_ours():
            end_after_a_grace(int(exitstatus))


def selection():
    """The node ids, files and folders that are asked for; None where all are."""
    path = os.environ.get("REGREEN_SELECT")
    if not path:
        return None
    with open(path, encoding="utf-8") as lines:
        return set(json.load(lines))


def end_after_a_grace(exitstatus, sleep=time.sleep, end=os._exit):
    """The tests are over: a thread they left must not keep the process. Functions are those from before the tests."""

    def wait():
        sleep(GRACE_SECONDS)
        end(exitstatus)

    threading.Thread(target=wait, daemon=True).start()


def reason_of(report):
    """Why a report is red, as fields of its row."""
    return {
        "text": regreen_failure.clip(str(report.longrepr)),
        "captured": regreen_failure.clip("\n".join(content for _, content in report.sections), 2000),
        "failure": getattr(report, "regreen", None) or NO_REASON,
    }


def describe_collection(value, root):
    """What broke a collection; pytest wraps the real cause in an exception of its own."""
    cause = value.__cause__ or value.__context__
    if cause is None or type(value).__name__ != "CollectError":
        return regreen_failure.describe(value, root)
    found = regreen_failure.describe(cause, root)
    if isinstance(cause, SyntaxError) and cause.filename:
        found["frames"].append([cause.filename, cause.lineno or 1, "<module>"])
    return found


def prefixes(nodeid):
    """A node id and all that may stand for it: its function without parameters, its class, its file, folders above."""
    path, _, rest = nodeid.partition("::")
    folders = path.split("/")
    parts = [path, *rest.partition("[")[0].split("::")]
    yield nodeid
    yield from ("::".join(parts[: n + 1]) for n in range(len(parts)))
    yield from ("/".join(folders[:n]) for n in range(1, len(folders)))


def foreign_modules():
    """Modules loaded from the user's own tree, where the work tree's should have been."""
    root = os.environ.get("REGREEN_FOREIGN_ROOT")
    if not root:
        return []
    spared = json.loads(os.environ.get("REGREEN_FOREIGN_SPARED", "[]"))
    folders = {}
    found = []
    for name, module in list(sys.modules.items()):
        path = real_path(str(getattr(module, "__file__", None) or "/"), folders)
        if inside(path, root) and not any(inside(path, spare) for spare in spared):
            found.append(name)
    return sorted(found)


def real_path(path, folders):
    """As os.path.realpath, which looks at every folder above a file again."""
    if os.path.islink(path):
        return os.path.realpath(path)
    folder, name = os.path.split(path)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return os.path.join(folders[folder], name)


def inside(path, root):
    return path.startswith(root.rstrip(os.sep) + os.sep)


# Options that choose or stop by what an earlier run left in the cache.
REMEMBERING = ("lf", "failedfirst", "newfirst", "stepwise", "stepwise_skip", "stepwise_reset", "cacheclear")


def taken_seal():
    """What makes the seal of a row. The key itself is kept nowhere: it is inside of a hash that cannot be read."""
    key = os.environ.pop("REGREEN_KEY", "")
    path = os.environ.pop("REGREEN_KEY_FILE", "")
    if path and os.path.exists(path):
        with open(path, encoding="ascii") as file:
            key = file.read()
        os.unlink(path)
    if not key:
        return lambda text: ""
    begin = hashlib.blake2b(digest_size=8, key=key.encode()).copy

    def seal(text):
        state = begin()
        state.update(text.encode())
        return state.hexdigest()

    return seal


def configured_with(path, seal):
    """The hook that begins the records. Both are taken before any code of the target runs, and lie in no module.

    Nothing finds them by accident. What searches this process still can.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(config):
        for name in REMEMBERING:
            if hasattr(config.option, name):
                setattr(config.option, name, False)
        if path and not hasattr(config, "workerinput"):
            rows = Rows(path, seal)
            rows.write(event="start", pytest=pytest.__version__, python=sys.version.split()[0], time=time.time())
            root = os.environ.get("REGREEN_TRACE_ROOT") or str(getattr(config, "rootpath", None) or config.rootdir)
            config.pluginmanager.register(Reporter(rows, root), "regreen-reporter")

    return pytest_configure


pytest_configure = configured_with(os.environ.pop("REGREEN_RESULTS", ""), taken_seal())
