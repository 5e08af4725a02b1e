"""Pytest plugin, loaded into the target's interpreter: a warm worker that tries edits in forks of itself.

Standard library only, Python 3.8 and newer. Pytest collects once; then requests arrive as JSON lines on the pipe of
REGREEN_LAB_FDS ("read,write") and answers go back. Each request runs in a fork, which ends with it. `try` runs tests
under one edit; `batch` tries many edits in as few forks as it can (regreen_lab_batch); `record` and `probe`
(regreen_lab_values) look at behaviour, `see` (regreen_lab_sights) at the values of expressions.
"""

import collections
import gc
import json
import os
import sys
import time
import traceback

import pytest
import regreen_lab_batch
import regreen_lab_run
import regreen_lab_sights
import regreen_lab_state
import regreen_lab_swap
import regreen_lab_values
from regreen_lab_fork import Fork

ROOT = os.environ.get("REGREEN_TRACE_ROOT", os.curdir)


class Outcomes:
    """Collects the worst phase of each test in a fork."""

    def __init__(self):
        self.statuses = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report):
        status = regreen_lab_run.status_of(report)
        if status and self.statuses.get(report.nodeid) not in ("FAILED", "ERROR"):
            self.statuses[report.nodeid] = status


class Worker:
    """Answers requests until the pipe closes."""

    def __init__(self, session, read_fd, write_fd):
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        self.requests = os.fdopen(read_fd, "r", encoding="utf-8")
        self.write_fd = write_fd
        self.index = self.state = self.swapper = None
        self.fast = {}  # what calibration says of each test it has seen
        self.kills = collections.Counter()
        self.patience = regreen_lab_batch.Patience()

    def answer(self, **reply):
        os.write(self.write_fd, (json.dumps(reply) + "\n").encode("utf-8"))

    def serve(self):
        self.index = regreen_lab_swap.Index()
        self.swapper = regreen_lab_batch.Swapper(self.index)
        self.state = regreen_lab_state.State(ROOT, held_by_items(self.items.values()))
        plain_failures(self.session.config, self.items.values())
        gc.collect()
        gc.freeze()  # forks then copy fewer pages
        self.answer(event="ready", tests=sorted(self.items))
        for line in self.requests:
            request = json.loads(line)
            reply = self.batch(request) if request["kind"] == "batch" else self.alone(request)
            self.answer(id=request["id"], **reply)

    def alone(self, request):
        """Run one request in a fork, with its edits also on disk, and give its answer."""
        started = time.monotonic()
        if "edit" in request:
            self.swapper.prepare(*request["edit"])
        kept = regreen_lab_swap.put_files(request["files"])
        fork = Fork(lambda write: write(self.carried_out(request, kept)), request["timeout"])
        try:
            reply = fork.next(request["timeout"]) or {"outcome": fork.outcome, "statuses": {}}
        finally:
            fork.end()
            regreen_lab_swap.restore_files(kept)
        if request["kind"] == "try":
            reply = self.unless_stale(request["edit"], reply)
        reply["seconds"] = time.monotonic() - started
        return reply

    def unless_stale(self, edit, verdict):
        """A verdict; what takes too long, or dies, beside what the old code did while it was imported says nothing."""
        if verdict["outcome"] in ("timeout", "died") and self.swapper.has_run(*edit):
            return {"outcome": "slow", "statuses": {}}
        return verdict

    def carried_out(self, request, originals):
        try:
            return self.carry_out(request, originals)
        except regreen_lab_swap.NotWarm as error:
            return {"outcome": "slow", "reason": str(error), "statuses": {}}
        except BaseException:
            return {"outcome": "died", "reason": traceback.format_exc()[-2000:], "statuses": {}}

    def carry_out(self, request, originals):
        kind = request["kind"]
        if self.swap(request, originals):
            if kind == "try" and request["stop"]:
                return self.promise(request)
            raise regreen_lab_swap.NotWarm("it has already run, while modules were imported")
        if kind == "record":
            with regreen_lab_values.Recorder(self.function(request), request["limit"]) as recorder:
                self.run_tests(request["tests"], stop=False)
            return {"outcome": "done", "inputs": recorder.inputs}
        if kind == "see":
            return {"outcome": "done", "seen": self.seen(request)}
        if kind == "probe":
            outputs = regreen_lab_values.outputs(self.function(request), request["inputs"], request["mutations"])
            return {"outcome": "done", "outputs": outputs}
        return {"outcome": "done", "statuses": self.run_tests(request["tests"], request["stop"])}

    def promise(self, request):
        """Whether tests pass where only what code did while modules were imported is as before: worth a cold run."""
        statuses = self.run_tests(request["tests"], stop=True)
        passes = all(statuses.get(name) in regreen_lab_batch.FINE for name in request["tests"])
        return {"outcome": "promising", "statuses": {}} if passes else {"outcome": "slow", "statuses": statuses}

    def seen(self, request):
        """What the places' expressions are worth while the tests run, a list of sights a place."""
        paths = {place["path"] for place in request["places"]}
        modules = {path: self.index.modules.get(os.path.realpath(path)) for path in paths}
        files = {path: module.__file__ for path, module in modules.items() if module}
        with regreen_lab_sights.Sights(request["places"], files, request["limit"]) as sights:
            self.run_tests(request["tests"], stop=False)
        return [place.seen for place in sights.places]

    def swap(self, request, originals):
        """Put the edit into effect: the function it lies in alone, or else whatever differs in the whole files.

        Gives whether that function has already run, while modules were imported.
        """
        if "edit" in request:
            try:
                return self.swapper.put(*request["edit"])
            except regreen_lab_swap.NotWarm:
                pass
        regreen_lab_swap.swap(self.index, originals, request["files"])
        return False

    def function(self, request):
        """The live function a request speaks of, with its edit in effect; None when there is none."""
        wanted = request["function"]
        module = self.index.modules.get(os.path.realpath(wanted["path"]))
        return module and regreen_lab_values.find_function(self.index.functions, module.__file__, wanted)

    def run_tests(self, names, stop):
        """Run those that were collected, in the order they were collected in, through pytest's own hooks."""
        outcomes = Outcomes()
        self.session.config.pluginmanager.register(outcomes, "regreen-outcomes")
        wanted = set(names)
        items = [item for name, item in self.items.items() if name in wanted]
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if stop and outcomes.statuses.get(item.nodeid) not in regreen_lab_batch.FINE:
                break
        return outcomes.statuses

    def batch(self, request):
        """A verdict an edit: `alone` where only a fork of its own can tell, as it always is when all tests pass."""
        started = time.monotonic()
        self.calibrate(dict(request["tests"]), request["timeout"])
        for edit in request["edits"]:
            self.swapper.prepare(*edit)
        tests = [[name, seconds, *self.fast[name]] for name, seconds in request["tests"] if self.fast.get(name)]
        tests.sort(key=lambda test: -self.kills[test[0]])
        verdicts = []
        while len(verdicts) < len(request["edits"]):
            left = request["edits"][len(verdicts) :]
            verdicts += self.tried(left, tests, request["timeout"]) if tests else [regreen_lab_batch.ALONE] * len(left)
        verdicts = [self.unless_stale(*pair) for pair in zip(request["edits"], verdicts)]
        self.kills.update(name for verdict in verdicts for name in list(verdict["statuses"])[-1:])
        return {"outcome": "done", "verdicts": verdicts, "seconds": time.monotonic() - started}

    def calibrate(self, seconds, timeout):
        """Find out, in a fork, which of the tests can run many times in one process."""
        new = [name for name in seconds if name not in self.fast and name in self.items]
        if not new:
            return
        self.fast.update(dict.fromkeys(new))
        fork = Fork(lambda write: write(regreen_lab_batch.calibrated(self.bench(), new, seconds)), 4 * timeout)
        try:
            self.fast.update(fork.next(4 * timeout) or {})
        finally:
            fork.end()

    def bench(self, give_up=lambda: None):
        return regreen_lab_batch.Bench(self.state, self.items, self.patience, give_up)

    def tried(self, edits, tests, timeout):
        """Verdicts of the first of these edits, one at least, as far as one fork comes."""

        def work(write):
            def give_up():
                write({"outcome": "timeout", "statuses": {}, "number": bench.tries})
                os._exit(0)

            bench = self.bench(give_up)
            regreen_lab_batch.carried_out(bench, self.swapper, edits, tests, write)

        red = sum(usual not in regreen_lab_batch.FINE for _, _, _, usual, _ in tests)
        patience = red * self.patience.granted(edits[0])
        fork = Fork(work, (timeout + patience) * len(edits))
        verdicts = []
        as_before = False
        try:
            verdict = fork.next(timeout + patience)
            while verdict and verdict.get("number") == len(verdicts):  # a trial can write to any pipe it inherited
                verdicts.append(verdict)
                verdict = fork.next(timeout + patience)
            as_before = bool(verdict and verdict.get("as_before"))
        finally:
            fork.end()
        found = judged(verdicts, as_before, fork.outcome)
        for edit, verdict in zip(edits, verdicts or found):
            if verdict["outcome"] == "timeout" or verdict.get("late"):
                self.patience.spend(edit)
        return found


def judged(verdicts, as_before, outcome):
    """What a fork said, as far as it can be believed: the first edit it tried found everything as it should be."""
    believed = []
    for number, verdict in enumerate(verdicts):
        red = verdict["outcome"] == "timeout" or verdict.get("red")
        is_sure = red and (as_before or number == 0)
        believed.append(verdict if is_sure else regreen_lab_batch.ALONE)
    if believed:
        return believed
    return [{"outcome": "timeout", "statuses": {}} if outcome == "timeout" else regreen_lab_batch.ALONE]


def held_by_items(items):
    """What a test may change of itself: its parameters, and the names of a doctest, which loses them as it passes."""
    params = [item.callspec.params for item in items if hasattr(item, "callspec")]
    return params + [item.dtest.globs for item in items if getattr(item, "dtest", None) is not None]


def plain_failures(config, items):
    """Spend no time on explaining failures: only whether a test failed, and by what, is asked here."""
    if config.pluginmanager.has_plugin("assertion"):
        config.pluginmanager.unregister(name="assertion")
    for item in items:
        item.repr_failure = item._repr_failure_py = lambda excinfo, style=None: regreen_lab_run.told(excinfo.value)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if os.environ.get("REGREEN_LAB_FDS"):
        if not os.environ.get("REGREEN_OFFERED"):
            os.environ.pop("PYTEST_ADDOPTS", None)  # read by now, and not meant for a pytest that a test starts
        sys.setprofile(regreen_lab_swap.note_call)  # what runs while modules are imported leaves results behind


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    fds = os.environ.get("REGREEN_LAB_FDS")
    if not fds:
        return None
    sys.setprofile(None)
    Worker(session, *(int(fd) for fd in fds.split(","))).serve()
    return True
