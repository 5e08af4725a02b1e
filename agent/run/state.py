"""What changes while a run goes on; the loop owns it."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.core.errors import RegreenError
from agent.core.step import FailedProof, Step
from agent.core.task import Suspect, Task
from agent.core.verdict import Status, Verdict
from agent.run.baseline import Baseline
from tools.testing.results import TestRun
from tools.workspace.checkout import Stamp


@dataclass(slots=True)
class RunState:
    """Steps so far, the patch last seen in the tree with its stamp and the targets' run on it, and the best one judged.

    `group` counts the groups of red tests; `best_commit` is the tree with the best patch.
    """

    task: Task
    baseline: Baseline
    group: int = 1
    suspects: tuple[Suspect, ...] = ()
    steps: list[Step] = field(default_factory=list)
    failures: list[FailedProof] = field(default_factory=list)
    last_patch: str = ""
    last_stamp: Stamp | None = None
    last_run: TestRun | None = None
    best_patch: str = ""
    best_commit: str = ""
    best_tests: str = ""
    verdict: Verdict = field(default_factory=lambda: Verdict(Status.UNSOLVED))
    reason: str = ""
    stopped: RegreenError | None = None

    @property
    def has_best(self) -> bool:
        """Whether something was judged: a patch, or edits of tests alone."""
        return bool(self.best_patch or self.best_tests)
