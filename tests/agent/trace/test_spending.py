"""Today's money: one sum for all runs, whoever they are, which a request must fit into before it is sent."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from agent.core.errors import DaySpent, InfraFailure, OverBudget
from agent.trace.spending import NAME, Spending

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def on(*days: date) -> Callable[[], date]:
    """A calendar that is looked at once a call; its last day lasts."""
    rest: Iterator[date] = iter(days)
    last = [days[-1]]
    return lambda: next(rest, last[0])


def kept(folder: Path) -> tuple[str, float]:
    row = json.loads((folder / NAME).read_text())
    return row["day"], row["usd"]


def test_what_is_set_aside_is_settled_by_what_was_spent(tmp_path: Path) -> None:
    spending = Spending(tmp_path / "new" / "state", 1.0, on(MONDAY))
    spending.set_aside(0.75)
    assert kept(tmp_path / "new" / "state") == ("2026-11-23", 0.75)
    spending.settle(0.75, 0.125)
    assert kept(tmp_path / "new" / "state") == ("2026-11-23", 0.125)


def test_a_request_must_fit_beside_what_other_runs_spend_and_set_aside(tmp_path: Path) -> None:
    one, other = Spending(tmp_path, 1.0, on(MONDAY)), Spending(tmp_path, 1.0, on(MONDAY))
    one.set_aside(0.5)
    other.set_aside(0.25)
    with pytest.raises(DaySpent) as caught:
        one.set_aside(0.5)
    told = "$0.7500 are spent or set aside today, the next call could cost $0.5000"
    assert caught.value.message == f"the limit of $1 a day: {told}"
    assert kept(tmp_path) == ("2026-11-23", 0.75)
    other.set_aside(0.25)


def test_each_day_begins_with_nothing_and_a_request_across_midnight_counts_where_it_ends(tmp_path: Path) -> None:
    spending = Spending(tmp_path, 1.0, on(MONDAY, TUESDAY))
    spending.set_aside(1.0)
    spending.settle(1.0, 0.25)
    assert kept(tmp_path) == ("2026-11-24", 0.25)


def test_without_a_limit_it_is_counted_all_the_same(tmp_path: Path) -> None:
    Spending(tmp_path, None, on(MONDAY)).set_aside(9.0)
    with pytest.raises(OverBudget):
        Spending(tmp_path, 5.0, on(MONDAY)).set_aside(0.01)


@pytest.mark.parametrize("content", ["{", "[]", '{"day": "2026-11-23"}', '{"day": "2026-11-23", "usd": "all"}'])
def test_a_file_that_cannot_be_read_stops_what_has_a_limit(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(InfraFailure, match="cannot be read"):
        Spending(tmp_path, 1.0, on(MONDAY)).set_aside(0.1)
    Spending(tmp_path, None, on(MONDAY)).set_aside(0.1)
    assert kept(tmp_path) == ("2026-11-23", 0.1)


def test_a_folder_that_cannot_be_written_stops_what_has_a_limit() -> None:
    nowhere = Path("/dev/null/state")
    with pytest.raises(InfraFailure, match="it holds what is spent today"):
        Spending(nowhere, 1.0, on(MONDAY)).set_aside(0.1)
    spending = Spending(nowhere, None, on(MONDAY))
    spending.set_aside(0.1)
    spending.settle(0.1, 0.1)


MANY = """
import sys
from pathlib import Path
from agent.core.errors import OverBudget
from agent.trace.spending import Spending
spending = Spending(Path(sys.argv[1]), 1.0)
took = 0
for _ in range(40):
    try:
        spending.set_aside(0.01)
        took += 1
    except OverBudget:
        pass
print(took)
"""


def test_processes_side_by_side_never_pass_the_limit_together(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MANY, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    took = [int(process.communicate()[0]) for process in running]
    assert sum(took) in (99, 100)  # floating point may leave the last cent
    assert kept(tmp_path)[1] == pytest.approx(sum(took) / 100)
