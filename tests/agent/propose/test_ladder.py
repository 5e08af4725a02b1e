"""The ladder asks the cheapest first, and hands on what it found: a dead end, or a result that is open."""

from dataclasses import replace
from pathlib import Path

from agent.core.errors import OverBudget
from agent.core.protocols import Remaining, RunView
from agent.core.step import Step
from agent.core.task import Task
from agent.core.verdict import Status, Verdict
from agent.propose.ladder import Ladder
from agent.propose.scripted import ScriptedProposer
from tools.spec import ToolCall
from tools.testing.results import TestRun

VIEW = RunView(Task("x", "x", "", hints_text="from the task"), TestRun(), (), (), Remaining(9, 9.0), Path())
OPEN = replace(VIEW, verdict=Verdict(Status.PLAUSIBLE))
CALL = ToolCall("1", "show_diff", {})


def test_the_first_rung_is_asked_until_it_sees_no_way_on() -> None:
    engine, model = ScriptedProposer([[CALL], []], ["one", "nothing fits"]), ScriptedProposer([[CALL]], ["mine"])
    ladder = Ladder([engine, model])
    assert [ladder.propose(VIEW).thought for _ in range(2)] == ["one", "mine"]
    assert model.views[0].task.hints_text == "from the task\nnothing fits"


def test_a_rung_whose_time_is_up_hands_on() -> None:
    class Late:
        def propose(self, view: RunView) -> Step:
            raise OverBudget("tried 10 of 90")

    model = ScriptedProposer([[CALL]], ["mine"])
    assert Ladder([Late(), model]).propose(VIEW).thought == "mine"
    assert model.views[0].task.hints_text == "from the task\ntried 10 of 90"


def test_an_open_result_of_the_first_rung_goes_to_the_next() -> None:
    engine, model = ScriptedProposer([[CALL], [CALL]], ["one", "two"]), ScriptedProposer([[CALL]], ["mine"])
    ladder = Ladder([engine, model])
    assert [ladder.propose(VIEW).thought, ladder.propose(OPEN).thought] == ["one", "mine"]
    assert model.views[0].verdict == Verdict(Status.PLAUSIBLE)


def test_an_open_result_of_the_last_rung_ends_the_work() -> None:
    ladder = Ladder([ScriptedProposer([[CALL], [CALL]], ["mine", "again"])])
    assert [ladder.propose(VIEW).thought, ladder.propose(OPEN)] == ["mine", Step(1, "")]
