"""What the processes of `batch` and `grade` have in common: how they are called, what they hold, when they end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.batch.folder import TaskFolder
from agent.batch.order import Order, read_order
from agent.batch.run import NO_RESULT_WRITTEN
from agent.batch.worker import guarded
from agent.cli.output import empty_outcome, translated
from agent.core.verdict import EXIT_CODES, Status

PATIENCE_SECONDS = 15.0
# The installed package finds our modules; -P keeps those of the current folder out.
START = "import regreen; regreen.enter(); from agent.cli.{0} import main; raise SystemExit(main())"
Row = dict[str, Any]


def argv_of(module: str, folder: TaskFolder, claim: int) -> list[str]:
    """How a worker is called: a module of ours with `main`, the folder of its task, and the claim it inherits."""
    return [sys.executable, "-P", "-c", START.format(module), str(folder.path), str(claim)]


def serve(work: Callable[[Order, TaskFolder], Row]) -> int:
    """Carry out the order in the folder that this process was called with; 0 when a result is on the disk."""
    path, claim = sys.argv[1:]
    os.set_inheritable(int(claim), False)  # nothing that is started here may hold the task
    os.environ["GIT_LFS_SKIP_SMUDGE"] = "1"  # nothing is downloaded
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    folder = TaskFolder(Path(path))
    order = read_order(folder.order)
    try:
        row = guarded(lambda: work(order, folder), failed_row)
        folder.write(row)
    except KeyboardInterrupt:
        return EXIT_CODES[Status.INTERRUPTED]
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return NO_RESULT_WRITTEN
    return 0


def failed_row(error: Exception) -> Row:
    """The row of a task that could not be run."""
    status, message, hint = translated(error)
    return {**empty_outcome(), "status": str(status), "reason": message, "hint": hint, "model_name_or_path": ""}


def _end_with_the_parent() -> None:
    """Whoever started this closes our input, or dies: then the work is interrupted, as by Ctrl-C."""
    os.read(sys.stdin.fileno(), 1)  # not the stream: its lock would be held when this process wants to end
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait(PATIENCE_SECONDS)
    os._exit(EXIT_CODES[Status.INTERRUPTED])
