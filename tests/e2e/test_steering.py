"""A person at the terminal steers a run: by a word after Ctrl-C, and by an answer to the model's one question."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from agent.trace.journal import read_journal
from prompts import render
from tests.e2e._repositories import SLOW, new_repository
from tests.e2e._support import Ran, User
from tests.e2e._terminal import CTRL_C, Typed, typing
from tests.e2e.test_faults import KEY, RIGHT, SHOP
from tests.endpoint import Act, Endpoint, Request, calls

pytestmark = pytest.mark.slow
MODEL = "gpt-4.1"
ASKING = "asking the model"
PROMPT = "the run ends): "
TOLD = "the model is told before its next step"
WORD = "gross adds the tax"
QUESTION = "does gross round?"
Script = Sequence[Act | Callable[[], Act]]


@contextmanager
def shop(user: User, script: Script) -> Iterator[tuple[Any, dict[str, str], list[Request]]]:
    """A repository that only a model mends, and a model; a function of its script answers when it likes."""
    repo = user.folder / "shop"
    if not repo.exists():
        new_repository(repo, SHOP)
    waiting = list(script)

    def answer(request: Request) -> Act:
        act = waiting.pop(0)
        return act() if callable(act) else act

    with Endpoint(answer, models=[MODEL]) as endpoint:
        yield repo, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.base_url}, endpoint.requests


class Held:
    """An act that waits in the middle of a request, until it is let go."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self._come, self._gone = threading.Event(), threading.Event()

    def __call__(self) -> Act:
        self._come.set()
        assert self._gone.wait(60)
        return self._act

    @property
    def interrupted(self) -> list[Typed]:
        """Ctrl-C, once it waits."""
        return [(ASKING, lambda: self._come.wait(60)), (ASKING, CTRL_C)]

    def let_go(self) -> None:
        self._gone.set()


def steered(user: User, script: Script, typed: list[Typed], *options: str) -> tuple[Ran, list[Request]]:
    with shop(user, script) as (repo, variables, requests):
        return typing(user, repo, ["fix", "--model", MODEL, *options], typed, **variables), requests


def alone(user: User, script: Script, *arguments: str) -> tuple[Ran, list[Request]]:
    with shop(user, script) as (repo, variables, requests):
        return user.regreen(repo, *arguments, "--json", variables=variables), requests


def spoken(user: User) -> list[Mapping[str, Any]]:
    """What the newest journal holds of a person."""
    runs = user.folder / "shop" / ".git" / "regreen" / "runs"
    newest = max(path for path in runs.iterdir() if path.name != "last")
    return [event.fields for event in read_journal(newest / "journal.jsonl") if event.event.startswith("user_")]


def tools(request: Request) -> list[str]:
    return [tool["function"]["name"] for tool in request.body["tools"]]


def test_ctrl_c_asks_for_a_word_the_run_goes_on_with_it_and_resume_says_it_again(user: User) -> None:
    first, second = Held(calls("list_dir")), Held(calls("show_diff"))
    typed: list[Typed] = [*first.interrupted, (PROMPT, f"{WORD}\n"), (TOLD, first.let_go)]
    typed += [*second.interrupted, (PROMPT, "\n"), ("hint: ", second.let_go)]
    ran, requests = steered(user, [first, second], typed)
    assert (ran.code, "goes on with it" in ran.out) == (130, True)
    messages = requests[1].body["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "tool", "user"]
    assert messages[-1]["content"] == render("user_says", text=WORD)
    assert spoken(user) == [{"request": 2, "text": WORD}]
    resumed, again = alone(user, [calls("apply_patch", patch=RIGHT)], "resume", "last")
    assert resumed.end == (0, "proved")
    assert [request.body["messages"] for request in again] == [messages]
    assert spoken(user) == [{"request": 2, "text": WORD}]
    assert user.left_behind() == []


def test_a_second_ctrl_c_ends_the_run(user: User) -> None:
    held = Held(calls("list_dir"))
    ran, _ = steered(user, [held], [*held.interrupted, (PROMPT, CTRL_C), ("hint: ", held.let_go)])
    assert (ran.code, spoken(user)) == (130, [])
    assert user.left_behind() == []


@pytest.mark.parametrize(("options", "variables"), [(["--json"], {}), ([], {"CI": "true"})])
def test_where_nobody_can_type_ctrl_c_ends_the_run_at_once(
    options: list[str], variables: dict[str, str], user: User
) -> None:
    held = Held(calls("list_dir"))
    with shop(user, [held]) as (repo, known, requests):
        typed: list[Typed] = [*held.interrupted, ("goes on with it", held.let_go)]
        ran = typing(user, repo, ["fix", "--model", MODEL, *options], typed, **known, **variables)
    assert (ran.code, PROMPT in ran.out) == (130, False)
    assert "ask_user" not in tools(requests[0])


def test_the_embedded_engine_hears_nobody(user: User) -> None:
    slow = new_repository(user.folder / "slow", SLOW)
    ran = typing(user, slow, ["fix"], [("running the tests", CTRL_C)])
    assert (ran.code, PROMPT in ran.out) == (130, False)


def test_the_model_asks_once_and_resume_does_not_ask_again(user: User) -> None:
    ask, again = calls("ask_user", question=QUESTION), calls("ask_user", question="sure?")
    held = Held(again)
    typed: list[Typed] = [(f"the model asks: {QUESTION}\r\nyour answer: ", "no\n")]
    typed += [*held.interrupted, (PROMPT, CTRL_C), ("hint: ", held.let_go)]
    ran, requests = steered(user, [ask, again, held], typed)
    assert ran.code == 130
    assert "ask_user" in tools(requests[0])
    messages = requests[2].body["messages"]
    assert [message["content"].splitlines()[0] for message in messages if message["role"] == "tool"] == [
        "The user answers: no",
        "the one question of this run was asked before",
    ]
    assert spoken(user) == [{"question": QUESTION, "answer": "no"}]
    resumed, later = alone(user, [calls("apply_patch", patch=RIGHT)], "resume", "last")
    assert resumed.end == (0, "proved")
    assert [request.body["messages"] for request in later] == [messages]


def test_a_recording_of_a_steered_run_is_replayed_without_anybody(user: User) -> None:
    held = Held(calls("list_dir"))
    script: Script = [calls("ask_user", question=QUESTION), held, calls("apply_patch", patch=RIGHT)]
    typed: list[Typed] = [("your answer: ", "\n"), *held.interrupted, (PROMPT, f"{WORD}\n"), (TOLD, held.let_go)]
    tape = str(user.folder / "tape")
    ran, requests = steered(user, script, [*typed, ("[y/n/diff]", "n\n")], "--record", tape)
    assert ran.code == 0
    assert "gave no answer" in requests[1].body["messages"][-1]["content"]
    replayed, none = alone(user, [], "fix", "--replay", tape)
    assert (replayed.end, none) == ((0, "proved"), [])
    assert "were not asked for" not in replayed.err
