"""A batch told to people, as one page of Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from agent.batch.conflicts import Claim, claims_of, conflicts
from agent.core.verdict import OFFERED, Status

LONGEST_CELL = 120
COUNTED = ("requests", "input_tokens", "cached_input_tokens", "output_tokens", "cost_usd")
CONFLICTS = """
## Accepted patches that conflict

They need the same lines as they are: take one of each pair, then work the other task again.

"""


class Summary:
    """Takes results one by one; keeps a line of each."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._seconds = self._spent = 0.0
        self._unknown = 0
        self._charges: dict[tuple[str, str], Counter[str]] = {}
        self._lines: list[str] = []
        self._claims: list[Claim] = []
        self._scores: list[float] = []
        self._honest = 0
        self._not_enforced: Counter[str] = Counter()

    def add(self, row: Mapping[str, Any]) -> None:
        """Take one result."""
        self._counts[row["status"]] += 1
        self._seconds += row["seconds"]
        self._spent += row["spent_usd"] or 0.0
        self._unknown += row["spent_usd"] is None
        for charge in row.get("bill", ()):
            total = self._charges.setdefault((charge["role"], charge["model"]), Counter())
            total.update({name: charge[name] or 0 for name in COUNTED})
            total["unknown"] += charge["cost_usd"] is None
        if row["status"] in OFFERED:
            self._claims += claims_of(row["instance_id"], row["repo"], row["base_commit"], row["model_patch"])
        self._note(row.get("honest"), row["contamination"])
        cost = "?" if row["spent_usd"] is None else f"{row['spent_usd']:.2f}"
        like_gold = f"{row['contamination']['score']:.2f}" if row["contamination"] else ""
        figures = (row["status"], f"{row['seconds']:.1f}", cost, like_gold)
        self._lines.append(f"| {' | '.join((_cell(row['instance_id']), *figures, _cell(row['reason'])))} |\n")

    def _note(self, honest: Mapping[str, Any] | None, like_gold: Mapping[str, Any] | None) -> None:
        self._scores += [like_gold["score"]] if like_gold else []
        self._honest += honest is not None
        self._not_enforced.update(honest["not_enforced"] if honest else ())

    def text(self, tasks: int, stopped: str = "") -> Iterator[str]:
        """The page, in parts; `tasks` is how many there are in all, `stopped` the limit that ended it, "" for none."""
        costs = f"${self._spent:.2f}" + (f" and the unknown cost of {self._unknown} tasks" if self._unknown else "")
        proved = self._counts[Status.PROVED]
        if proved and self._spent and not self._unknown:
            costs += f", ${self._spent / proved:.4f} for a proved patch"
        yield f"# {self._counts.total()} of {tasks} tasks ended\n\n{self._seconds:.0f} seconds of work, {costs}\n\n"
        yield f"Stopped: {stopped} was reached; the same command goes on with what is left.\n\n" if stopped else ""
        yield "| status | tasks |\n| --- | ---: |\n"
        yield from (f"| {status} | {count} |\n" for status, count in sorted(self._counts.items()))
        yield from self._honesty()
        yield from self._bill()
        found = conflicts(self._claims)
        yield CONFLICTS if found else ""
        yield from (f"- {_cell(one)} and {_cell(two)} in {_cell(where)}\n" for one, two, where in found)
        yield "\n## Tasks\n\n| task | status | seconds | USD | like gold | reason |\n"
        yield "| --- | --- | ---: | ---: | ---: | --- |\n"
        yield from self._lines

    def _honesty(self) -> Iterator[str]:
        """How many runs were honest, what was not enforced in them, and how much is word for word the solution."""
        yield f"\n{self._honest} of {self._counts.total()} runs were honest.\n"
        yield from (f"Not enforced in {count} of them: {_cell(what)}.\n" for what, count in self._not_enforced.items())
        if self._scores:
            mean = sum(self._scores) / len(self._scores)
            same = sum(score == 1 for score in self._scores)
            alike = f"{len(self._scores)} patches, {same} of them the reference solution"
            yield f"\nContamination: {mean:.2f} over {alike}.\n"

    def _bill(self) -> Iterator[str]:
        """What each model has cost, in the runs that left a result."""
        if self._charges:
            yield "\n| role | model | requests | tokens in | cached | tokens out | USD |\n"
            yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
        for (role, model), total in self._charges.items():
            sent = total["input_tokens"]
            cells = (role, _cell(model), f"{total['requests']:,}", f"{sent:,}",
                     f"{total['cached_input_tokens'] / sent:.0%}" if sent else "",
                     f"{total['output_tokens']:,}",
                     "?" if total["unknown"] else f"{total['cost_usd']:.4f}")  # fmt: skip
            yield f"| {' | '.join(cells)} |\n"


def _cell(text: str) -> str:
    line = " ".join(text.split())
    shown = line if len(line) <= LONGEST_CELL else f"{line[: LONGEST_CELL - 1]}…"
    return escape(shown).replace("|", "\\|").encode("utf-8", "replace").decode()
