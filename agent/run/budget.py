"""The budget: steps, wall seconds and USD, asked before each step, never guessed."""

from __future__ import annotations

import time
from collections.abc import Callable

from agent.core.protocols import Remaining
from agent.core.usage import NOBODY, Charge, Payer, Usage


class Budget:
    """Counts what one run spends. `exhausted` names the limit that ended it, or is ""."""

    def __init__(
        self,
        max_steps: int,
        max_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        max_cost_usd: float = 0.0,
        on_settle: Callable[[Usage, Payer], None] = lambda usage, payer: None,
    ) -> None:
        self.max_steps = max_steps
        self.max_seconds = max_seconds
        self.max_cost_usd = max_cost_usd
        self._clock = clock
        self._on_settle = on_settle
        self._started = clock()
        self._steps = 0
        self._charges: dict[Payer, Usage] = {}
        self.usage = Usage()

    @property
    def seconds(self) -> float:
        """Wall seconds since the run began."""
        return self._clock() - self._started

    @property
    def step(self) -> int:
        """The number of the step that is taken now, in the whole run."""
        return self._steps + 1

    @property
    def remaining(self) -> Remaining:
        """What may still be spent; never negative."""
        return Remaining(
            steps=max(0, self.max_steps - self._steps),
            seconds=max(0.0, self.max_seconds - self.seconds),
            cost_usd=max(0.0, self.max_cost_usd - (self.usage.cost_usd or 0.0)),
        )

    @property
    def exhausted(self) -> str:
        """The limit that is reached, in words; "" while there is something left."""
        if self.remaining.seconds <= 0:
            return f"the time limit of {self.max_seconds:g} s"
        if self.remaining.steps <= 0:
            return f"the limit of {self.max_steps} steps"
        return ""

    def count_step(self) -> None:
        """One step was taken."""
        self._steps += 1

    @property
    def bill(self) -> tuple[Charge, ...]:
        """What each model has cost, in the order they were first asked."""
        return tuple(Charge(payer, usage) for payer, usage in self._charges.items() if usage.requests)

    def settle(self, usage: Usage, payer: Payer = NOBODY) -> None:
        """Requests to a model were made, with a reply or without."""
        self.usage = self.usage + usage
        self._charges[payer] = self._charges.get(payer, Usage()) + usage
        self._on_settle(usage, payer)
