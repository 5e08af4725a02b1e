"""The order of candidates: suspicious lines first, common fixes first, crowded families later."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import pytest

from agent.core.task import Suspect
from agent.repair.candidate import Candidate
from agent.repair.rank import BAND, GROUP_POWER, MAX_LINES, Ranked, rank
from agent.repair.source import Module
from agent.repair.templates import candidates
from tools.patch import apply_edit

SOURCE = """\
def add(a, b):
    return a - b


def smaller(a, b):
    return a < b
"""
MODULES = {"m.py": Module.parse("m.py", SOURCE)}


def suspect(line: int, score: float, path: str = "m.py") -> Suspect:
    return Suspect(path, line, "f", score, "")


def listed(modules: Mapping[str, Module], suspects: Sequence[Suspect]) -> list[Ranked]:
    return list(rank(modules, suspects))


def family(ranked: list[Ranked], one: Candidate) -> int:
    return sum(item.candidate.template == one.template and item.candidate.line == one.line for item in ranked)


def test_a_score_is_suspicion_squared_times_prior_over_the_crowd() -> None:
    ranked = listed(MODULES, [suspect(2, 0.5)])
    assert ranked != []
    for item in ranked:
        crowd = family(ranked, item.candidate) ** GROUP_POWER
        assert item.score == pytest.approx(0.25 * item.candidate.prior / crowd)


def test_the_best_come_first() -> None:
    ranked = listed(MODULES, [suspect(2, 0.5), suspect(6, 1.0)])
    assert [item.score for item in ranked] == sorted((item.score for item in ranked), reverse=True)


def test_a_more_suspicious_line_comes_before_a_less_suspicious_one_of_the_same_kind() -> None:
    twins = {"m.py": Module.parse("m.py", SOURCE.replace("a < b", "a - b"))}
    for first, second in ((2, 6), (6, 2)):
        ranked = listed(twins, [suspect(first, 1.0), suspect(second, 0.5)])
        best = [
            item.candidate.line
            for item in ranked
            if "a + b" in item.candidate.edit.text or item.candidate.edit.text == "+"
        ]
        assert best == [first, second]


def test_only_suspect_lines_of_known_modules_are_edited() -> None:
    ranked = listed(MODULES, [suspect(6, 1.0), suspect(2, 1.0, "unknown.py")])
    assert {item.candidate.line for item in ranked} == {6}
    assert listed(MODULES, []) == []
    assert listed({}, [suspect(2, 1.0)]) == []


def test_equal_scores_are_ordered_by_place_so_that_every_run_is_the_same() -> None:
    modules = {path: Module.parse(path, SOURCE) for path in ("b.py", "a.py")}
    suspects = [suspect(2, 1.0, "b.py"), suspect(2, 1.0, "a.py")]
    ranked = listed(modules, suspects)
    assert ranked == listed(dict(reversed(modules.items())), list(reversed(suspects)))
    assert ranked[0].score == ranked[1].score
    assert ranked[0].candidate.edit.path == "a.py"


def test_no_more_lines_than_the_limit_are_looked_at() -> None:
    many = "".join(f"x{number} = {number} - 1\n" for number in range(MAX_LINES + 50))
    modules = {"m.py": Module.parse("m.py", many)}
    ranked = listed(modules, [suspect(number, 1.0) for number in range(1, MAX_LINES + 51)])
    assert max(item.candidate.line for item in ranked) == MAX_LINES


def test_the_statement_around_a_suspect_line_counts_as_suspect() -> None:
    modules = {"m.py": Module.parse("m.py", "def f(a, b):\n    return g(\n        a,\n        b,\n    )\n")}
    ranked = listed(modules, [suspect(2, 0.25), suspect(3, 1.0)])
    assert {item.candidate.line for item in ranked} <= {2, 3}
    assert all(item.score > 0 for item in ranked)


def test_less_suspicious_lines_are_read_only_when_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[int]] = []

    def noting(module: Module, lines: Collection[int], reach: int) -> Iterator[Candidate]:
        asked.append(set(lines))
        return candidates(module, lines)

    monkeypatch.setattr("agent.repair.rank.candidates", noting)
    many = "".join(f"x{number} = {number} - 1\n" for number in range(3 * BAND))
    modules = {"m.py": Module.parse("m.py", many)}
    found = rank(modules, [suspect(number, 1.0 if number <= BAND else 0.1) for number in range(1, 3 * BAND + 1)])
    first = next(found)
    assert asked == [set(range(1, BAND + 1))]
    everything = [first, *found]
    assert set().union(*asked) == set(range(1, 3 * BAND + 1))
    assert [item.score for item in everything] == sorted((item.score for item in everything), reverse=True)


def test_an_edit_of_a_statement_on_lines_of_two_bands_comes_once() -> None:
    texts = "".join(f"        a{number} - 1,\n" for number in range(2 * BAND))
    module = Module.parse("m.py", f"def f():\n    return g(\n{texts}    )\n")
    found = [
        apply_edit(module.text, item.candidate.edit)
        for item in rank({"m.py": module}, [suspect(number, 1 / number) for number in range(2, 2 * BAND + 3)])
    ]
    assert len(found) == len(set(found))
