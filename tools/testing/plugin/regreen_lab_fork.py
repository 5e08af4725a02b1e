"""A fork of a warm worker that does one piece of work, answers in JSON lines and is ended, with all it started.

Standard library only, Python 3.8 and newer.
"""

import json
import os
import resource
import select
import signal
import time

MEMORY_BYTES = 4 << 30


class Fork:
    """A child that does `work(write)`, which writes JSON values; its whole group is ended when it has, or is late."""

    def __init__(self, work, cpu_seconds):
        self.outcome = "died"
        self.rest = b""
        self.read_fd, write_fd = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            os.close(self.read_fd)
            os.setpgid(0, 0)
            limit(resource.RLIMIT_AS, MEMORY_BYTES)
            limit(resource.RLIMIT_CPU, int(cpu_seconds) + 2)
            try:
                work(lambda value: os.write(write_fd, (json.dumps(value) + "\n").encode("utf-8")))
            finally:
                os._exit(0)
        os.close(write_fd)

    def next(self, seconds):
        """What the child writes next; None when it ended, or wrote nothing in time: `outcome` says which."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.read_fd], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.outcome = "timeout"
                return None
            chunk = os.read(self.read_fd, 65536)
            if not chunk:
                return None
            self.rest += chunk
        line, _, self.rest = self.rest.partition(b"\n")
        try:
            value = json.loads(line.decode("utf-8"))
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def end(self):
        for send in (os.killpg, os.kill):
            try:
                send(self.child, signal.SIGKILL)
            except OSError:
                pass
        os.waitpid(self.child, 0)
        os.close(self.read_fd)


def limit(kind, value):
    try:
        resource.setrlimit(kind, (value, value))
    except (OSError, ValueError):
        pass
