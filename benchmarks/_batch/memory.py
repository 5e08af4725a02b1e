"""How much the parent of a batch grows over many trivial tasks: called as a program, prints MB early and late."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.batch.executor import Processes
from agent.batch.folder import Ended, TaskFolder, open_folder
from agent.batch.order import Order, digest
from agent.batch.run import Batch, Limits, Means, Tally
from agent.core.task import Task

EARLY = 100  # tasks, after which everything is loaded
PAGE_MB = 4096 / 1e6
# A worker that does nothing but leave a result, in 15 ms.
WORKER = (
    "import os, sys; open(sys.argv[1] + '.new', 'w').write(sys.argv[2]); os.replace(sys.argv[1] + '.new', sys.argv[1])"
)


def measure(folder: Path, count: int) -> tuple[float, float]:
    """Resident MB of this process after the first tasks and after the last."""
    tasks = {f"t-{number}": Task(f"t-{number}", "", "") for number in range(count)}
    sizes: list[float] = []

    def argv(there: TaskFolder, claim: int) -> Sequence[str]:
        row = {"instance_id": there.path.name, "status": "unsolved", "cut": False, "seconds": 0.0, "spent_usd": 0.0,
               "digest": digest(tasks[there.path.name]), "model_patch": "x" * 10_000}  # fmt: skip
        return [sys.executable, "-I", "-S", "-c", WORKER, str(there.path / "result.json"), json.dumps(row)]

    def watch(tally: Tally, end: Ended) -> None:
        if tally.fresh in (EARLY, count):
            sizes.append(int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB)

    means = Means(Processes(2), lambda task: Order(task, folder, {}), argv, lambda task, error: {}, watch)
    listed = list(tasks.values())
    Batch(open_folder(folder / "out", listed), listed, Limits(None, None, 0.0, 600.0), means).run()
    early, late = sizes
    return early, late


if __name__ == "__main__":
    print(*measure(Path(sys.argv[1]), int(sys.argv[2])))
