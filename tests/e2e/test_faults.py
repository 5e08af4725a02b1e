"""Every fault of a model and of its endpoint, met by the installed command: each ends in its status word, with the work
kept; only a proof ends in `proved`.
"""

import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.core.verdict import EXIT_CODES, Status
from agent.trace.journal import Event, read_journal
from prompts import render
from tests.e2e._repositories import new_repository
from tests.e2e._support import ERRORS, FAR_TOO_LONG_SECONDS, Ran, User, wait_until
from tests.endpoint import (
    Act,
    Counted,
    Endpoint,
    Request,
    calls,
    calls_badly,
    counting,
    cut,
    error_body,
    fault,
    hangs,
    page,
    refuses,
    says,
    stopped,
)
from tests.support import files_of

pytestmark = pytest.mark.slow
MODELS = ("gpt-4.1", "gpt-6.1-sol")  # one behind each API
KEY = "sk-test-0123456789"
AT_ONCE = {"retry-after": "0"}
# The test cannot be loaded, so the embedded engine leaves it to the model at once; nothing rivals a new function.
SHOP = {
    "units.py": "DAY = 24\n",
    "price.py": '"""Prices."""\n\nRATE = 19\n\n\ndef net(gross):\n    return gross * 100 / (100 + RATE)\n',
    "test_price.py": "from price import gross, net\n\n\ndef test_gross():\n    assert gross(net(119)) == 119\n",
    "test_units.py": "from units import DAY\n\n\ndef test_a_day():\n    assert DAY == 24\n",
}
TARGET = "test_price.py"  # no test of it has a name while it cannot be loaded
RIGHT = """\
--- a/price.py
+++ b/price.py
@@ def net(gross):
     return gross * 100 / (100 + RATE)
+
+
+def gross(net):
+    return net * (100 + RATE) / 100
"""
RED = RIGHT.replace("100 + RATE) / 100", "100 - RATE) / 100")
ELSEWHERE = "--- a/units.py\n+++ b/units.py\n@@\n-DAY = 24\n+DAY = 25\n"
ENDS: dict[str, tuple[int, str]] = {str(status): (code, str(status)) for status, code in EXIT_CODES.items()}


@dataclass(frozen=True, slots=True)
class Met:
    """How the command met an endpoint: its end, the requests it made, its journal."""

    ran: Ran
    requests: tuple[Request, ...]
    journal: tuple[Event, ...]

    @property
    def heard(self) -> list[str]:
        """What each request told the model last, the first line of it."""
        last = [(request.body.get("messages") or request.body["input"])[-1] for request in self.requests]
        return [str(message.get("content") or message["output"]).splitlines()[0] for message in last]


def meet(user: User, script: Sequence[Act], model: str = "gpt-4.1", *options: str) -> Met:
    """`regreen fix` with a model that plays a script to its last act. What holds whatever happens is checked here."""
    repo = new_repository(user.folder / "shop", SHOP)
    before = files_of(repo)
    with Endpoint(script, models=[model]) as endpoint:
        met = _met(user, repo, endpoint.base_url, ("--model", model, *options), endpoint.requests)
    assert len(met.requests) == len(script)
    assert met.ran.answer["usage"]["requests"] == len(script)
    assert files_of(repo) == before
    return met


def _met(user: User, repo: Path, url: str, options: Sequence[str], requests: Sequence[Request] = ()) -> Met:
    variables = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
    ran = user.regreen(repo, "fix", "--json", *options, variables=variables)
    answer = ran.answer
    events = tuple(read_journal(Path(answer["journal"])))
    assert KEY not in ran.out + ran.err + Path(answer["journal"]).read_text()
    assert ran.code == EXIT_CODES[Status(answer["status"])]
    assert (events[-1].event, events[-1].fields["status"]) == ("run_ended", answer["status"])
    started = [event.fields["step"] for event in events if event.event == "step_started"]
    assert {event.fields["step"] for event in events if "step" in event.fields} == set(started)
    if answer["status"] in ERRORS:
        assert ran.err.splitlines()[-2:] == [f"regreen: {answer['reason']}", f"hint: {answer['hint']}"]
    if ran.code == 0:
        assert answer["verdict"]["fail_to_pass"] == {"success": [TARGET], "failure": []}
    assert user.left_behind() == []
    return Met(ran, tuple(requests), events)


@pytest.mark.parametrize("model", MODELS)
def test_faults_that_pass_are_outlived_and_the_model_hears_what_it_did_wrong(user: User, model: str) -> None:
    script: dict[str, list[Act]] = {
        "# Failing tests": [fault(429, AT_ONCE), fault(503, {"retry-after-ms": "1"}), calls("list_dir")],
        "price.py": [cut(), calls_badly("read_file", '{"path": ')],
        "the arguments of read_file are not valid JSON": [calls_badly("read_file", "[]")],
        "the arguments of read_file are not a JSON object": [page(), calls("shell", command="sed -i s/1/2/ price.py")],
        "there is no tool 'shell'": [says("")],
        "The work is not finished": [fault(200, body="{}"), refuses("I will not.")],
        "The work is not finished ": [calls("apply_patch")],
        "apply_patch needs 'patch'": [stopped("length", calls_badly("apply_patch", '{"patch": "--- a/pr'))],
        "the arguments of apply_patch were cut off": [fault(429), calls("apply_patch", patch=RIGHT)],
    }
    met = meet(user, [act for acts in script.values() for act in acts], model)
    assert met.ran.end == ENDS["proved"]
    told = [words.strip() for words, acts in script.items() for _ in acts]
    assert [line for line, words in zip(met.heard, told, strict=True) if not line.startswith(words)] == []


NO_TOOLS = fault(400, body=error_body("gemma:2b does not support tools"))


def test_an_endpoint_that_takes_no_tools_is_driven_by_words(user: User) -> None:
    wrong = calls_badly("shell_command", '{"command": "ls"}')
    looks: list[Act] = [NO_TOOLS, calls("search", pattern="RATE", path="price.py"), wrong, says("Done.")]
    half = stopped("length", calls_badly("apply_patch", "--- a/pr"))
    script: list[Act] = [*looks, fault(429, AT_ONCE), half, calls("apply_patch", patch=RIGHT)]
    met = meet(user, script)
    assert met.ran.end == ENDS["proved"]
    assert met.heard[2:] == [
        '<result tool="search">',
        '<result tool="shell_command">',
        *[render("unfinished")] * 2,
        '<result tool="apply_patch">',
    ]
    assert ["tools" in request.body for request in met.requests] == [True, *[False] * 6]
    assert "does not support tools; goes on with tool calls in words" in met.ran.err


DAMAGED = """\
Here it is:

```diff
--- a/price.py
+++ b/price.py
@@ -3,1 +3,1 @@
-RATE = 19
+RATE = 7
```
"""
HEREDOC = """\
<<'EOF'
--- price.py
+++ price.py
@@ ... @@
\"""Prices.\"""

-RATE = 7
+RATE = 19
EOF
"""
NO_SPACES = """\
--- a/price.py
+++ b/price.py
@@ -4,2 +4,3 @@ def net(gross):
def net(gross):
     return gross * 100 / (100 + RATE)
+
+
+def gross(net):
+    return net * (100 + RATE) / 100
"""


@pytest.mark.parametrize("model", MODELS)
def test_patches_that_are_damaged_but_clear_are_mended_and_proved(user: User, model: str) -> None:
    script = [calls("apply_patch", patch=patch) for patch in (DAMAGED, HEREDOC, NO_SPACES)]
    met = meet(user, script, model)
    assert met.ran.end == ENDS["proved"]
    assert met.heard[1:] == ["applied:", "applied:"]


TOO_LONG = error_body("This model's maximum context length is 8192 tokens.", "context_length_exceeded")
KEY_QUOTED = error_body(f"Something is wrong with {KEY}.")
DONE = [says("All tests pass now.")] * 3
# The acts, the status word, and words of the reason.
LASTING: dict[str, tuple[Sequence[Act], str, str]] = {
    "too many requests": ([fault(429, AT_ONCE)] * 6, "infra_failure", "accepts no more requests for now"),
    "come back in an hour": ([fault(429, {"retry-after": "3600"})], "infra_failure", "accepts no more requests"),
    "a broken server": ([fault(500, AT_ONCE, KEY_QUOTED)] * 5, "infra_failure", "Something is wrong with [key]."),
    "a cut reply": ([cut()] * 3, "infra_failure", "broke off its reply (tried 3 times)"),
    "a web page": ([page()] * 2, "infra_failure", "answered with a web page (tried 2 times)"),
    "too long a conversation": ([fault(400, body=TOO_LONG)], "over_budget", "the conversation does not fit gpt-"),
    "empty replies": ([says("")] * 3, "unsolved", "the model stopped without a tool call"),
    "malformed calls": ([calls_badly("apply_patch", "{")] * 3, "unsolved", "the model stopped without a tool call"),
    "a lie": ([calls("apply_patch", patch=RED), *DONE, *DONE], "unsolved", "without a tool call: All tests pass now."),
}
TURNS = [(name, MODELS[number % 2]) for number, name in enumerate(LASTING)]


@pytest.mark.parametrize(("name", "model"), TURNS)
def test_a_fault_that_lasts_ends_in_its_status_word(user: User, name: str, model: str) -> None:
    script, status, words = LASTING[name]
    met = meet(user, script, model)
    assert met.ran.end == ENDS[status]
    assert words in met.ran.answer["reason"]
    assert met.ran.answer["model_patch"] == ""


# Ten cents each; after three of them less is left than the next could cost.
READS = counting(Counted(50_000, 0), calls("read_file", path="price.py"))
STOPS: dict[str, tuple[Sequence[Act], str, Sequence[str]]] = {
    "a broken server": ([fault(503, AT_ONCE)] * 5, "infra_failure", ()),
    "a key that was withdrawn": ([fault(401, body=KEY_QUOTED)], "usage", ()),
    "a tool that is none, for ever": ([calls("shell", command="ls")] * 2, "over_budget", ("--max-steps", "3")),
    "a file read for ever": ([READS] * 3, "over_budget", ("--max-cost", "0.35")),
}


@pytest.mark.parametrize("name", STOPS)
def test_the_best_patch_before_a_fault_is_kept_unproved(user: User, name: str) -> None:
    """It turned the target green, and another test red."""
    script, status, options = STOPS[name]
    met = meet(user, [calls("apply_patch", patch=RIGHT + ELSEWHERE), *script], MODELS[0], *options)
    assert met.ran.end == ENDS[status]
    answer = met.ran.answer
    assert (answer["resolved"], "the best patch so far is kept, unproved" in answer["reason"]) == (False, True)
    (accepted,) = [event.fields["patch"] for event in met.journal if event.event == "patch_accepted"]
    assert answer["model_patch"] == accepted
    assert [line for line in accepted.splitlines() if line.startswith("+++")] == ["+++ b/price.py", "+++ b/units.py"]


def test_an_endpoint_that_is_not_there_is_an_infra_failure(user: User) -> None:
    repo = new_repository(user.folder / "shop", SHOP)
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        met = _met(user, repo, f"http://127.0.0.1:{taken.getsockname()[1]}/v1", ("--model", MODELS[0]))
    assert met.ran.end == ENDS["infra_failure"]
    assert "cannot be reached" in met.ran.answer["reason"]


def test_a_silent_endpoint_takes_no_more_time_than_there_is(user: User) -> None:
    met = meet(user, [hangs(FAR_TOO_LONG_SECONDS)], MODELS[1], "--max-seconds", "8")
    assert met.ran.end == ENDS["infra_failure"]
    assert "did not answer in time" in met.ran.answer["reason"]


def test_waiting_for_a_silent_endpoint_can_be_interrupted(user: User) -> None:
    repo = new_repository(user.folder / "shop", SHOP)
    with Endpoint([hangs(FAR_TOO_LONG_SECONDS)], models=[MODELS[0]]) as endpoint:
        variables = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.base_url}
        running = user.start(repo, "fix", "--json", "--model", MODELS[0], variables=variables)
        # Nothing here ends by itself meanwhile: tests and engine come first, however long a busy machine takes.
        wait_until(lambda: bool(endpoint.requests), "a request", FAR_TOO_LONG_SECONDS)
        ran = running.end_by(signal.SIGINT)
    assert ran.end == ENDS["interrupted"]
    assert ran.answer["usage"]["requests"] == 1
    assert user.left_behind() == []
