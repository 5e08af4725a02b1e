"""What a run spent. A cost that is not known is None, never 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests and tokens sent to a model, and their price in USD (None: unknown)."""

    requests: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Usage:
        """The usage in a row that may say more."""
        return cls(**{field.name: row[field.name] for field in fields(cls) if field.name in row})

    def __add__(self, other: Usage) -> Usage:
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.cached_input_tokens + other.cached_input_tokens,
            self.output_tokens + other.output_tokens,
            (self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )


@dataclass(frozen=True, slots=True)
class Payer:
    """For whom money is spent: a model and its role ("": none)."""

    model: str = ""
    role: str = ""


NOBODY = Payer()


@dataclass(frozen=True, slots=True)
class Charge:
    """What one payer has cost."""

    payer: Payer
    usage: Usage

    @property
    def cached_share(self) -> float:
        """How much of what was sent came from the provider's cache, from 0 to 1."""
        return self.usage.cached_input_tokens / self.usage.input_tokens if self.usage.input_tokens else 0.0
