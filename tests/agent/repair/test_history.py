"""Changes of the past are taken back one by one."""

from collections.abc import Collection

import pytest

from agent.repair.history import undone
from agent.repair.rank import rank
from agent.repair.source import Module
from tests.agent.repair.test_rank import suspect
from tools.patch import apply_edit
from tools.workspace.history import Past

OLD = """\
def first(items):
    if not items:
        return None
    return items[0]


def last(items):
    return items[-1]
"""
NEW = """\
def first(items):
    return items[1]


def last(items):
    count = len(items)
    return items[count]
"""
MODULE = Module.parse("m.py", NEW)
PAST = [Past("abc1234", "Spare a check", OLD.encode())]


@pytest.mark.parametrize(
    ("lines", "changed"),
    [({2}, (0, 4)), ({6}, (5, 9)), ({7}, (5, 9)), ({1, 3, 4, 5}, None)],
    ids=["the first change", "the second one", "its other line", "lines that no commit changed"],
)
def test_only_changes_at_the_lines_are_taken_back_and_each_alone(
    lines: Collection[int], changed: tuple[int, int] | None
) -> None:
    results = [apply_edit(NEW, one.edit) for one in undone(MODULE, PAST, lines)]
    first, last = OLD.split("\n\n\n")
    expected = {(0, 4): [f"{first}\n\n\n" + NEW.split("\n\n\n")[1]], (5, 9): [NEW.split("\n\n\n")[0] + f"\n\n\n{last}"]}
    assert results == (expected[changed] if changed else [])


def test_a_candidate_names_its_commit() -> None:
    (one,) = undone(MODULE, PAST, {6, 7})
    assert one.line == 6
    assert one.sentence == (
        "`count = len(items) return items[count]` becomes `return items[-1]`, as before commit abc1234 (Spare a check)"
    )


def test_an_older_commit_that_changed_the_same_adds_nothing_and_weighs_less() -> None:
    older = Past("0000000", "Before", OLD.replace("[-1]", "[len(items) - 1]").encode())
    ones = list(undone(MODULE, [*PAST, PAST[0], older], {7}))
    assert [one.prior for one in ones] == pytest.approx([0.30, 0.10])


def test_a_long_change_and_one_that_does_not_parse_are_left_alone() -> None:
    longer = NEW.replace("    count = len(items)\n", "".join(f"    a{number} = 1\n" for number in range(9)))
    assert list(undone(MODULE, [Past("a", "b", longer.encode())], {6})) == []
    broken = NEW.replace("    count = len(items)\n", "    count = (len(items)\n")
    assert list(undone(MODULE, [Past("a", "b", broken.encode())], {6})) == []


def test_of_two_candidates_with_one_result_the_one_from_the_past_is_tried() -> None:
    module = Module.parse("m.py", "def first(items):\n    return items[1]\n")
    past = Past("abc1234", "Count from one", module.text.replace("1", "0").encode())
    modules = {"m.py": module}
    texts = [apply_edit(module.text, item.candidate.edit) for item in rank(modules, [suspect(2, 1.0)])]
    ranked = list(rank(modules, [suspect(2, 1.0)], lambda _: [past]))
    assert ranked[0].candidate.template == "history"
    assert sorted(apply_edit(module.text, item.candidate.edit) for item in ranked) == sorted(texts)
