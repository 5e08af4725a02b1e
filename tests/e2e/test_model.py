"""A model on loopback, behind the real SDK, drives the installed command; only a proof exits with 0."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e._repositories import PRIMES, TWICE, copy_fixture, gold_of, new_repository
from tests.e2e._support import Ran, User
from tests.endpoint import Endpoint, calls, fault, says

pytestmark = pytest.mark.slow
WRONG = """\
--- a/bookshelf/formats/__init__.py
+++ b/bookshelf/formats/__init__.py
@@ def nowhere
-    this line is not there
+    nor is this
"""
NEW_TEST = """\
--- /dev/null
+++ b/tests/test_more.py
@@ -0,0 +1,5 @@
+from durations import format_duration
+
+
+def test_half_an_hour_too_little():
+    assert format_duration(-1800) == "-30m"
"""
# Where the engine put `+`.
TIMES = """\
--- a/twice.py
+++ b/twice.py
@@ def twice(number):
-    return number + 2
+    return number * 2
"""
# The test is made to fit the code.
TRIPLED = """\
--- a/primes.py
+++ b/primes.py
@@ def prime(number):
-    return number
+    return number * 3
--- a/test_primes.py
+++ b/test_primes.py
@@ def test_primes():
-    assert [prime(number) for number in (1, 7, 100)] == [2, 17, 541]
+    assert [prime(number) for number in (1, 7, 100)] == [3, 21, 300]
"""
EDITED_TEST = """\
--- a/tests/test_formats.py
+++ b/tests/test_formats.py
@@ -1,1 +1,2 @@
+import os
"""


def fix(user: User, name: str, script: Sequence[Any], model: str, *options: str) -> Ran:
    """`regreen fix` on a fixture repository with a model that plays a script."""
    return fix_in(user, copy_fixture(name, user.folder / name), script, model, *options)


def fix_in(user: User, repo: Path, script: Sequence[Any], model: str, *options: str) -> Ran:
    """`regreen fix` in a repository with a model that plays a script."""
    with Endpoint(script, models=[model]) as endpoint:
        variables = {"OPENAI_API_KEY": "sk-test-0123456789", "OPENAI_BASE_URL": endpoint.base_url}
        return user.regreen(repo, "fix", "--json", "--model", model, *options, variables=variables)


@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-6.1-sol"])
def test_a_model_recovers_from_a_refused_and_a_red_patch_and_its_new_file_is_proved(user: User, model: str) -> None:
    use, new_file = re.split(r"(?<=\n)(?=diff --git )", gold_of("new-file"))
    read = calls("read_file", path="bookshelf/formats/plain.py")
    looks = [calls("list_dir"), calls("search", pattern="FORMATS"), read]
    script = [*looks, *(calls("apply_patch", patch=patch) for patch in (WRONG, use, new_file))]
    ran = fix(user, "new-file", script, model)
    assert ran.end == (0, "proved")
    assert ran.answer["usage"]["requests"] == 6
    assert "bookshelf/formats/markdown.py" in ran.answer["model_patch"]
    assert "sk-test" not in ran.out + ran.err + Path(ran.answer["journal"]).read_text()


def test_an_issue_without_a_failing_test_ends_plausible_with_its_new_test_apart(user: User) -> None:
    script = [calls("apply_patch", patch=gold_of("issue-only")), calls("apply_patch", patch=NEW_TEST)]
    ran = fix(user, "issue-only", script, "gpt-4.1", "--issue", "negative durations lose their sign")
    assert ran.end == (3, "plausible")
    assert "tests/test_more.py" in ran.answer["test_patch_out"]
    assert "tests/test_more.py" not in ran.answer["model_patch"]


def test_a_model_that_edits_tests_is_told_no_and_may_go_on(user: User) -> None:
    script = [calls("apply_patch", patch=EDITED_TEST), calls("apply_patch", patch=gold_of("new-file"))]
    ran = fix(user, "new-file", script, "gpt-4.1")
    assert ran.end == (0, "proved")
    assert "test_formats" not in ran.answer["model_patch"]


def test_a_test_that_is_edited_with_leave_proves_nothing_and_goes_with_its_patch(user: User) -> None:
    repo = new_repository(user.folder / "primes", PRIMES)
    script = [calls("apply_patch", patch=TRIPLED)]
    ran = fix_in(user, repo, script, "gpt-4.1", "--allow-test-edits", "--apply", "--no-escalate")
    verdict = ran.answer["verdict"]
    assert (ran.end, ran.answer["resolved"], verdict["with_test_edits"]["resolved"]) == ((3, "plausible"), False, True)
    assert verdict["fail_to_pass"] == {"success": [], "failure": ["test_primes.py::test_primes"]}
    assert ("test_" in ran.answer["model_patch"], "test_" in ran.answer["test_patch_out"]) == (False, True)
    assert "[3, 21, 300]" in (repo / "test_primes.py").read_text()
    assert "with the tests as they were: 0 of 1" in user.regreen(repo, "show").out


@pytest.mark.parametrize(("status", "end"), [(404, (2, "usage")), (400, (5, "infra_failure"))])
def test_an_endpoint_that_refuses_ends_with_its_status_word(user: User, status: int, end: tuple[int, str]) -> None:
    assert fix(user, "new-file", [fault(status)], "gpt-4.1").end == end


def test_no_call_is_made_that_could_cost_more_than_is_left(user: User) -> None:
    ran = fix(user, "new-file", [], "gpt-4.1", "--max-cost", "0.001")
    assert ran.end == (4, "over_budget")
    assert ran.answer["usage"]["requests"] == 0


def test_the_money_of_a_day_is_one_for_all_runs_and_the_bill_says_who_had_it(user: User) -> None:
    repo = open_repository(user)
    options = ("--max-cost-per-day", "0.08")  # a reply of full length costs $0.066
    first = fix_in(user, repo, [calls("apply_patch", patch=TIMES)], "gpt-4.1", *options)
    (charge,) = first.answer["bill"]
    assert (charge["role"], charge["model"], charge["requests"]) == ("strong", "gpt-4.1", 1)
    assert (charge["cost_usd"], charge["cached_share"]) == (pytest.approx(0.0024), 0.0)
    shown = user.regreen(repo, "show").out
    assert "strong (gpt-4.1): 1 request, 1,000 tokens in (0% cached), 50 out, $0.0024" in shown
    (state,) = user.folder.glob("home/.local/state/regreen/spent.json")
    state.write_text(state.read_text().replace("0.0024", "0.02"))
    second = fix_in(user, repo, [], "gpt-4.1", *options)
    assert (second.end, second.answer["usage"]["requests"]) == ((3, "plausible"), 0)
    assert "the limit of $0.08 a day: $0.0200 are spent or set aside today" in second.answer["reason"]


def open_repository(user: User) -> Path:
    """Where the engine's patch leaves two readings open."""
    return new_repository(user.folder / "twice", TWICE)


def test_an_open_result_of_the_engine_goes_to_the_model_which_may_choose_another_reading(user: User) -> None:
    ran = fix_in(user, open_repository(user), [calls("apply_patch", patch=TIMES)], "gpt-4.1")
    assert (ran.end, ran.answer["usage"]["requests"]) == ((3, "plausible"), 1)
    assert "+    return number * 2" in ran.answer["model_patch"]


def test_a_model_may_say_that_the_reading_in_place_is_right(user: User) -> None:
    ran = fix_in(user, open_repository(user), [says("Twice a number is the number plus itself.")], "gpt-4.1")
    assert (ran.end, ran.answer["usage"]["requests"]) == ((3, "plausible"), 1)
    assert "+    return number + 2" in ran.answer["model_patch"]
    assert "Twice a number is the number plus itself." in ran.answer["reason"]


def test_a_model_that_cannot_be_asked_which_reading_is_meant_leaves_the_result_as_it_is(user: User) -> None:
    ran = fix_in(user, open_repository(user), [fault(401)], "gpt-4.1")
    assert ran.end == (3, "plausible")
    assert "refused the key" in ran.answer["reason"]


def test_without_escalation_an_open_result_costs_nothing(user: User) -> None:
    ran = fix_in(user, open_repository(user), [], "gpt-4.1", "--no-escalate")
    assert (ran.end, ran.answer["usage"]["requests"]) == ((3, "plausible"), 0)
