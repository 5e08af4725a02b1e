"""Pytest plugin, loaded into the target's interpreter: a warm worker that tries edits in forks of itself.

Standard library only, Python 3.8 and newer. Pytest collects once; then requests arrive as JSON lines on the pipe of
REGREEN_LAB_FDS ("read,write") and answers go back. Each request runs in a fork, which ends with it, so no state of one
trial reaches the next. `try` runs tests under an edit; `record` and `probe` (regreen_lab_values) look at behaviour.
"""

import gc
import json
import os
import resource
import select
import signal
import sys
import time
import traceback

import pytest
import regreen_lab_swap
import regreen_lab_values

MEMORY_BYTES = 4 << 30


class Outcomes:
    """Collects the worst phase of each test in a fork."""

    def __init__(self):
        self.statuses = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report):
        status = None
        if report.outcome == "failed":
            status = "FAILED" if report.when == "call" else "ERROR"
        elif report.outcome == "skipped":
            status = "XFAIL" if hasattr(report, "wasxfail") else "SKIPPED"
        elif report.when == "call":
            status = "PASSED"
        if status and self.statuses.get(report.nodeid) not in ("FAILED", "ERROR"):
            self.statuses[report.nodeid] = status


class Worker:
    """Answers requests until the pipe closes."""

    def __init__(self, session, read_fd, write_fd):
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        self.requests = os.fdopen(read_fd, "r", encoding="utf-8")
        self.write_fd = write_fd
        self.index = None

    def answer(self, **reply):
        os.write(self.write_fd, (json.dumps(reply) + "\n").encode("utf-8"))

    def serve(self):
        self.index = regreen_lab_swap.Index()
        plain_failures(self.session.config, self.items.values())
        gc.collect()
        gc.freeze()  # forks then copy fewer pages
        self.answer(event="ready", tests=sorted(self.items))
        for line in self.requests:
            request = json.loads(line)
            self.answer(id=request["id"], **self.in_fork(request))

    def in_fork(self, request):
        """Run one request in a fork, with its edits also on disk, and give its answer."""
        started = time.monotonic()
        kept = regreen_lab_swap.put_files(request["files"])
        read_fd, write_fd = os.pipe()
        try:
            child = os.fork()
            if child == 0:
                os.close(read_fd)
                self.child(request, kept, write_fd)
            os.close(write_fd)
            reply = self.wait(child, read_fd, request["timeout"])
        finally:
            os.close(read_fd)
            regreen_lab_swap.restore_files(kept)
        reply["seconds"] = time.monotonic() - started
        return reply

    def wait(self, child, read_fd, timeout):
        """Read the fork's answer up to the time limit, then end its whole group."""
        deadline = time.monotonic() + timeout
        chunks = []
        outcome = "died"
        while True:
            ready, _, _ = select.select([read_fd], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                outcome = "timeout"
                break
            chunk = os.read(read_fd, 65536)
            if not chunk:
                break
            chunks.append(chunk)
            if chunk.endswith(b"\n"):
                break
        for send in (os.killpg, os.kill):
            try:
                send(child, signal.SIGKILL)
            except OSError:
                pass
        os.waitpid(child, 0)
        try:
            return json.loads(b"".join(chunks).decode("utf-8"))
        except ValueError:
            return {"outcome": outcome, "statuses": {}}

    def child(self, request, kept, write_fd):
        """Never returns."""
        os.setpgid(0, 0)
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            cpu = int(request["timeout"]) + 2
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        except (OSError, ValueError):
            pass
        try:
            reply = self.carry_out(request, kept)
        except regreen_lab_swap.NotWarm as error:
            reply = {"outcome": "slow", "reason": str(error), "statuses": {}}
        except BaseException:
            reply = {"outcome": "died", "reason": traceback.format_exc()[-2000:], "statuses": {}}
        os.write(write_fd, (json.dumps(reply) + "\n").encode("utf-8"))
        os._exit(0)

    def carry_out(self, request, originals):
        swapped = regreen_lab_swap.swap(self.index, originals, request["files"])
        kind = request["kind"]
        if kind == "record":
            with regreen_lab_values.Recorder(self.function(request), request["limit"]) as recorder:
                self.run_tests(request["tests"], stop=False)
            return {"outcome": "done", "inputs": recorder.inputs}
        if kind == "probe":
            outputs = regreen_lab_values.outputs(self.function(request), request["inputs"], request["mutations"])
            return {"outcome": "done", "outputs": outputs}
        return {"outcome": "done", "statuses": self.run_tests(request["tests"], request["stop"]), "swapped": swapped}

    def function(self, request):
        """The live function a request speaks of, with its edit in effect; None when there is none."""
        wanted = request["function"]
        module = self.index.modules.get(os.path.realpath(wanted["path"]))
        return module and regreen_lab_values.find_function(self.index.functions, module.__file__, wanted)

    def run_tests(self, names, stop):
        """Run collected tests by name, in the order given, through pytest's own hooks."""
        outcomes = Outcomes()
        self.session.config.pluginmanager.register(outcomes, "regreen-outcomes")
        items = [self.items[name] for name in names if name in self.items]
        missing = {name: "MISSING" for name in names if name not in self.items}
        if missing:
            return missing
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if stop and outcomes.statuses.get(item.nodeid) not in ("PASSED", "XFAIL", "SKIPPED"):
                break
        return outcomes.statuses


def plain_failures(config, items):
    """Spend no time on explaining failures: only whether a test failed is asked here."""
    if config.pluginmanager.has_plugin("assertion"):
        config.pluginmanager.unregister(name="assertion")
    for item in items:
        item.repr_failure = item._repr_failure_py = lambda excinfo, style=None: "failed"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if os.environ.get("REGREEN_LAB_FDS"):
        sys.setprofile(regreen_lab_swap.note_call)  # what runs while modules are imported leaves results behind


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    fds = os.environ.get("REGREEN_LAB_FDS")
    if not fds:
        return None
    sys.setprofile(None)
    Worker(session, *(int(fd) for fd in fds.split(","))).serve()
    return True
