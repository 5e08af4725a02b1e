"""What a run has cost, model by model, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def bill_lines(charges: Sequence[Mapping[str, Any]], usd_per_proved: float | None) -> Iterator[str]:
    """A line for each model, and what a proved patch has cost where there is one; nothing where no model was asked."""
    for charge in charges:
        name = f"{charge['role']} ({charge['model']})" if charge["role"] else charge["model"] or "a model"
        requests = f"{charge['requests']} request{'s' if charge['requests'] != 1 else ''}"
        sent = f"{charge['input_tokens']:,} tokens in ({charge['cached_share']:.0%} cached)"
        cost = "an unknown cost" if charge["cost_usd"] is None else f"${charge['cost_usd']:.4f}"
        yield f"{name}: {requests}, {sent}, {charge['output_tokens']:,} out, {cost}"
    if usd_per_proved:
        yield f"${usd_per_proved:.4f} for a proved patch"
