"""What a run works with; all of it comes from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.core.protocols import Progress
from agent.core.task import Outcome, Task
from agent.core.verdict import Verdict
from agent.repair.shared import Shared
from agent.run.baseline import Terms
from agent.run.budget import Budget
from agent.run.judge import Judge
from agent.trace.journal import Journal
from tools.registry import Registry
from tools.testing.site import Sites


@dataclass(frozen=True, slots=True)
class Ground:
    """The collaborators and settings of one run."""

    sites: Sites
    registry: Registry
    judge: Judge
    budget: Budget
    journal: Journal
    progress: Progress
    run_id: str
    terms: Terms = field(default_factory=Terms)
    allow_test_edits: bool = False
    denied: tuple[str, ...] = ()
    escalate: bool = False
    """Show a plausible result to the proposer once more, instead of ending with it."""
    manifest: Mapping[str, Any] | None = None
    ask: Callable[[str], str] | None = None
    """Takes the proposer's question to the person who watches."""
    shared: Shared = field(default_factory=Shared)

    def outcome(self, task: Task, verdict: Verdict, reason: str) -> Outcome:
        """An outcome without a patch, with what the run has spent so far."""
        return Outcome(
            task=task,
            verdict=verdict,
            model_patch="",
            test_patch_out="",
            usage=self.budget.usage,
            bill=self.budget.bill,
            seconds=round(self.budget.seconds, 2),
            run=self.run_id,
            journal=str(self.journal.path),
            reason=reason,
            honest=self.manifest,
        )
