"""Calls that bring nothing are noticed: each is told once, and going on with it ends the talk."""

from agent.core.step import Step
from agent.propose.habits import LOOKS_AT_MOST, LOOKS_TOLD, Habits, Waste, told
from tools.explore import Lines
from tools.patch import Change
from tools.spec import Observation, ToolCall

EXCERPT = '<file path="a.py" first_line="3">\ndef f():\n    return 1\n</file>'


def step(index: int, name: str, text: str = "", data: object = None, /, **arguments: object) -> Step:
    """A step of one call and its answer."""
    call = ToolCall(str(index), name, arguments)
    return Step(index, "", (call,), (Observation(str(index), text, data=data),))


def kinds(found: list[Waste]) -> list[tuple[str, bool]]:
    """Each kind, and whether it is told."""
    return [(waste.kind, bool(waste.told)) for waste in found]


def test_a_call_made_before_is_told_once_and_its_third_time_ends_the_talk() -> None:
    habits = Habits()
    assert habits.watch(step(1, "search", pattern="x"), "") == []
    (waste,) = habits.watch(step(2, "search", pattern="x"), "")
    assert (waste.kind, waste.step, "at step 1" in waste.told, habits.ending) == ("repeat", 2, True, "")
    assert kinds(habits.watch(step(3, "search", pattern="x"), "")) == [("repeat", False)]
    assert habits.ending == "the same call of search was made 3 times with nothing changed between"


def test_the_same_call_on_a_changed_tree_is_another_one() -> None:
    habits = Habits()
    assert habits.watch(step(1, "run_tests"), "") == []
    assert habits.watch(step(2, "apply_patch", patch="p"), "diff") == []
    assert habits.watch(step(3, "run_tests"), "diff") == []


def test_what_was_left_out_meanwhile_may_be_asked_for_again() -> None:
    habits = Habits(EXCERPT)
    habits.watch(step(1, "search", pattern="x"), "")
    habits.forget()
    assert habits.watch(step(2, "search", pattern="x"), "") == []
    assert habits.watch(step(3, "read_file", "", Lines("a.py", 4, 4), path="a.py", start=4), "") == []


def test_lines_shown_before_are_counted_and_never_told_until_their_file_changes() -> None:
    habits = Habits(EXCERPT)
    shown = Lines("a.py", 4, 4)
    assert habits.watch(step(1, "read_file", "", shown, path="a.py", start=4), "") == [Waste("shown", 1)]
    assert habits.watch(step(2, "read_file", "", Lines("b.py", 4, 4), path="b.py", start=4), "") == []
    change = Change("a.py", b"", b"", 0o644)
    assert habits.watch(step(3, "apply_patch", "applied", (change,), patch="p"), "diff") == []
    assert habits.watch(step(4, "read_file", "", shown, path="a.py", start=4), "diff") == []


def test_a_file_that_is_shown_whole_need_not_be_read() -> None:
    habits = Habits('<document id="1" title="a.py">\none\ntwo\n</document>')
    assert habits.watch(step(1, "read_file", "", Lines("a.py", 1, 2), path="a.py"), "") == [Waste("shown", 1)]


def test_looking_on_and_on_is_told_and_ends_the_talk_unless_something_is_tried() -> None:
    habits = Habits()
    found = [habits.watch(step(n, "search", pattern=str(n)), "") for n in range(1, LOOKS_TOLD + 1)]
    assert [kinds(waste) for waste in found] == [*[[]] * (LOOKS_TOLD - 1), [("looking", True)]]
    habits.watch(step(50, "try_patches", patches=[]), "")
    assert habits.watch(step(51, "list_dir"), "") == []
    for n in range(52, 51 + LOOKS_AT_MOST):
        habits.watch(step(n, "search", pattern=str(n)), "")
    assert habits.ending == f"{LOOKS_AT_MOST} steps in a row only looked"


def test_edits_that_undo_each_other_are_told_and_then_end_the_talk() -> None:
    habits = Habits()
    trees = ["one", "two", "one", "two", "one"]
    found = [habits.watch(step(n, "apply_patch", patch=str(n)), tree) for n, tree in enumerate(trees, 1)]
    assert [kinds(waste) for waste in found] == [[], [], [("undo", True)], [("undo", True)], [("undo", False)]]
    assert habits.ending == "edits undid each other: the code was 3 times in the same state"


def test_taking_everything_back_to_begin_anew_is_no_going_round_in_circles() -> None:
    habits = Habits()
    for n, tree in enumerate(["one", "", "two", "", "three", ""], 1):
        assert habits.watch(step(n, "apply_patch", patch=str(n)), tree) == []


def test_what_is_told_is_told_once() -> None:
    assert told([Waste("repeat", 1, "again"), Waste("repeat", 1, "again"), Waste("shown", 1)]) == "again"
