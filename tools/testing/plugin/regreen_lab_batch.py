"""Many edits in one fork: the edited function's code is swapped, tests run, and what they changed is put back.

Standard library only, Python 3.8 and newer. Only tests that say the same twice in one process, and the same as in a
fork of their own, run here; `calibrated` finds out which, and how each is run: its function called directly, or by
pytest's own hooks. That all tests pass here is no verdict: a fork of its own decides then.
"""

import collections
import os
import signal
import sys
import time

from regreen_lab_code import Source
from regreen_lab_run import TooLong, by_hooks, told, way_of
from regreen_lab_swap import RAN_AT_IMPORT, NotWarm, parts_of, same, shape

LEAST_CPU_SECONDS = 0.05
TIMES_USUAL_CPU = 10.0
AGAIN_SECONDS = 0.05  # a limit that was swallowed is raised again
MOST_RAISED = 5
ALONE = {"outcome": "alone", "statuses": {}}  # a fork of its own can tell more of this edit, perhaps
FINE = ("PASSED", "XFAIL", "SKIPPED")
# What a test may do that an edit must be on the disk for, or that lives on in this process.
OUTSIDE = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn")


class Clock:
    """Limits the processor time of what runs within: raises TooLong in it, and gives up when that is ignored."""

    def __init__(self, give_up):
        self.give_up = give_up
        self.raised = 0
        self.armed = False
        signal.signal(signal.SIGVTALRM, self.ring)

    def ring(self, number, frame):
        if not self.armed:
            return
        self.raised += 1
        if self.raised > MOST_RAISED:
            self.give_up()
        raise TooLong

    def start(self, seconds):
        self.raised = 0
        self.armed = True
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN_SECONDS)

    def stop(self):
        self.armed = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


class Bench:
    """Runs tests one after the other in this process, each from the same state."""

    def __init__(self, state, items, patience, give_up=lambda: None):
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (ends with the fork)
        self.items = items
        self.patience = patience
        self.state = state
        self.state.begin()
        self.clock = Clock(give_up)
        self.dirty = self.was_late = False
        self.tries = 0

    def run(self, name, usual_seconds, *, direct, patience=0.0):
        """The status of one test, `TIMEOUT` among them, and why it is red; its limit and `patience` are in seconds."""
        item = self.items[name]
        usual_limit = LEAST_CPU_SECONDS + TIMES_USUAL_CPU * usual_seconds
        began = time.process_time()
        self.clock.start(usual_limit + patience)
        try:
            said = way_of(item)(item) if direct else by_hooks(item)
        except BaseException as error:  # out of pytest itself, which may not have tidied up
            said = "FAILED", told(error)
            self.dirty = True
        finally:
            self.clock.stop()
        if self.clock.raised:
            said, self.dirty = ("TIMEOUT", ""), True
        self.was_late = time.process_time() - began > usual_limit
        self.dirty = not self.state.restore() or self.dirty
        return said


def calibrated(bench, names, seconds):
    """For each test that may run here: whether it is called directly, its status without an edit, and why it is red."""
    seen = []
    sys.addaudithook(lambda event, args: seen.append(event) if event in OUTSIDE else None)
    found = {}
    for name in names:
        direct = way_of(bench.items[name]) is not None
        said = {bench.run(name, seconds[name], direct=way) for way in (False, direct, direct)}
        if len(said) == 1 and not seen and not bench.dirty:
            found[name] = (direct, *said.pop())
        if bench.dirty:
            break
        del seen[:]
    return found


class Swapper:
    """Puts the code of edited functions where the old one is held, and back."""

    def __init__(self, index):
        self.index = index
        self.sources = {}
        self.swapped = []

    def prepare(self, path, start, end, text):
        """Do what all edits of a function have in common; what cannot be done is said by `put`."""
        module = self.index.modules.get(os.path.realpath(path))
        try:
            if module is not None and path not in self.sources:
                with open(path, "rb") as file:
                    self.sources[path] = Source(module.__file__, file.read().decode("utf-8", "surrogateescape"))
            if path in self.sources:
                place = self.sources[path].original(start, end)
                place.holders = place.holders or self.holders(self.sources[path].filename, place.code)
        except NotWarm:
            return

    def holders(self, filename, code):
        """The function objects that hold a code; functions it has made already would go on with the old one."""
        if any(self.index.holders(filename, part) for part in inner(code)):
            raise NotWarm("%s has made functions" % code.co_name)
        found = self.index.holders(filename, code)
        if not all(same(function.__code__, code) for function in found):
            raise NotWarm("%s is not the function on disk" % code.co_name)
        return found

    def put(self, path, start, end, text):
        """Swap the code; whether the old one has already run, while modules were imported: what it did then stays."""
        if path not in self.sources:
            raise NotWarm("%s is not loaded" % path)
        place, code = self.sources[path].edited(start, end, text)
        if not place.holders:
            raise NotWarm("%s cannot be swapped alone" % place.code.co_name)
        has_run = ran_at_import(place.holders) and shape(place.code) != shape(code)
        for function in place.holders:
            if function.__code__.co_freevars != code.co_freevars:
                raise NotWarm("%s changes its closure" % code.co_name)
        for function in place.holders:
            self.swapped.append((function, function.__code__))
            function.__code__ = code
        return has_run

    def has_run(self, path, start, end, text):
        """Whether the code that an edit lies in has run while modules were imported."""
        try:
            holders = self.sources[path].original(start, end).holders
        except (KeyError, NotWarm):
            return False
        return ran_at_import(holders)

    def take_back(self):
        for function, code in self.swapped:
            function.__code__ = code
        self.swapped = []


def ran_at_import(holders):
    return any(function.__code__ in RAN_AT_IMPORT for function in holders)


def inner(code):
    for part in parts_of(code):
        yield part
        yield from inner(part)


class Patience:
    """More time for what was red without an edit, which stopped where it failed: mended, it goes on for who knows how
    long. What a test takes of it that is red all the same is spent, so that edits without an end take no more than
    `BUDGET` of it together.
    """

    SECONDS, BUDGET, AT_ONE_PLACE = 0.5, 2.0, 2

    def __init__(self):
        self.left = self.BUDGET
        self.late = collections.Counter()

    def granted(self, edit):
        """Seconds for each test of one edit; none where others at the same place were late already."""
        is_left = self.left >= self.SECONDS and self.late[edit[0], edit[1]] < self.AT_ONE_PLACE
        return self.SECONDS if is_left else 0.0

    def spend(self, edit):
        self.left -= self.granted(edit)
        self.late[edit[0], edit[1]] += 1


def tried(bench, swapper, edit, tests):
    """One edit's verdict, up to the first red test; tests are [name, usual seconds, called directly, ...].

    That a test took too long after the edit has mended another one is for a fork of its own to find out. What the code
    did while modules were imported stays as it was: that a test is red then is `slow`, for a cold run to find out.
    """
    try:
        has_run = swapper.put(*edit)
    except NotWarm:
        return ALONE
    statuses = {}
    red = mends = late = False
    patience = bench.patience.granted(edit)
    try:
        for name, seconds, direct, usual, _ in tests:
            was_red = usual not in FINE
            statuses[name], _ = bench.run(name, seconds, direct=direct, patience=patience if was_red else 0.0)
            red = statuses[name] not in FINE or statuses[name] == "SKIPPED" != usual
            if red:
                late = was_red and bench.was_late
                break
            mends = mends or was_red
    finally:
        swapper.take_back()
    if "TIMEOUT" in statuses.values():
        return dict(ALONE if mends else {"outcome": "timeout", "statuses": {}}, late=late)
    return {"outcome": "slow" if has_run else "done", "statuses": statuses, "red": red, "late": late}


def carried_out(bench, swapper, edits, tests, write):
    """Try edits in turn until one leaves something behind; `write` gets each verdict.

    Then it gets whether the tests that were red say without an edit what they said before.
    """
    killers = set()
    for number, edit in enumerate(edits):
        bench.tries = number
        verdict = tried(bench, swapper, edit, tests)
        killers.update(list(verdict["statuses"])[-1:] if verdict.get("red") else ())
        write(dict(verdict, number=number))
        if bench.dirty:
            break
    asked = [test for test in tests if test[0] in killers]
    write({"as_before": all(bench.run(*test[:2], direct=test[2]) == tuple(test[3:]) for test in asked)})
