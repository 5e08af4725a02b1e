"""What the workers of `batch` and `grade` are told of each task, and which tasks are worked honestly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.batch.clones import Clones
from agent.batch.order import Order
from agent.cli.honest import is_benchmark
from agent.cli.output import complain
from agent.core.config import Config
from agent.core.task import Task
from agent.tasks.load import Beside, Loaded
from tools.workspace.sandbox.choose import choose_sandbox
from tools.workspace.sandbox.none import NoSandbox


@dataclass(frozen=True, slots=True)
class Orders:
    """Makes orders; `config` is that of the call, `settings` what of it every worker is given, and `secret` the paths
    that honest runs keep from their tests; `beside` is the folder that attachments are looked for in.
    """

    clones: Clones
    loaded: Loaded
    config: Config
    settings: Mapping[str, Any]
    secret: tuple[Path, ...]
    beside: str = ""

    def order(self, task: Task) -> Order:
        """The order for a task; UsageProblem where its clone is missing."""
        flags = {**self.clones.flags_of(task), **self.settings, "honest": "on" if self.is_honest(task) else "off"}
        sha256 = self._row(task).sha256
        clone = self.clones.of(task)
        return Order(task, clone, flags, beside=self.beside, secret=self.secret, row_sha256=sha256)

    def is_honest(self, task: Task) -> bool:
        """Whether a task is worked honestly."""
        if self.config.honest == "auto":
            return is_benchmark(task, self._row(task).gold_patch)
        return self.config.honest == "on"

    def tell_open(self, tasks: Iterable[Task]) -> None:
        """Say once where honest runs are open all the same; ToolError where a demanded sandbox is missing."""
        if any(map(self.is_honest, tasks)):
            fence, about = choose_sandbox(self.config.sandbox)
            if fence is NoSandbox:
                complain(f"honest runs without a sandbox keep nothing from the tests ({about})", "install bubblewrap")

    def _row(self, task: Task) -> Beside:
        return self.loaded.beside.get(task.instance_id, Beside(""))


def secrets_of(source: str, *more: Path) -> tuple[Path, ...]:
    """What tests must not read: where tasks come from, unless that is standard input, and these paths."""
    return tuple(path.resolve() for path in (*([] if source == "-" else [Path(source)]), *more))


def folder_of(source: str) -> str:
    """The folder that a file of tasks is in."""
    path = Path.cwd() if source == "-" else Path(source).resolve()
    return str(path if path.is_dir() else path.parent)
