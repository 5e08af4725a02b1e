"""`regreen fix --from-ci`: the targets are what failed in a CI."""

import pytest

from tests.e2e._repositories import LAMP, LAMP_TEST, new_repository
from tests.e2e._support import User, checked

pytestmark = pytest.mark.slow
OTHER = {"test_other.py": "def test_red_for_another_reason():\n    assert 1 == 2\n"}
LOG = f"2026-01-02T03:04:05.0000000Z FAILED {LAMP_TEST} - assert False is True\nFAILED gone/test_x.py::test_y - x\n"


@pytest.mark.parametrize("place", ["file", "stdin"])
def test_what_failed_in_the_ci_is_fixed_and_nothing_else(place: str, user: User) -> None:
    repo = new_repository(user.folder / "lamp", {**LAMP, **OTHER})
    log = user.folder / "ci.log"
    log.write_text(LOG)
    name, stdin = ("-", LOG) if place == "stdin" else (str(log), "")
    ran = user.regreen(repo, "fix", "--json", "--from-ci", name, stdin=stdin)
    assert checked(ran) == (0, "proved")
    assert ran.answer["verdict"]["fail_to_pass"] == {"success": [LAMP_TEST], "failure": []}
    assert "left out, not in this repository: gone/test_x.py::test_y" in ran.err


LOGS = {
    "no log": (None, "no such log: "),
    "all green": ("3 passed\n", " names no failing test"),
    "another repository's": ("FAILED gone/test_x.py::test_y\n", "is here, like gone/test_x.py::test_y"),
}


@pytest.mark.parametrize("case", LOGS)
def test_a_log_without_a_test_to_run_is_a_usage_error(case: str, user: User) -> None:
    text, message = LOGS[case]
    repo = new_repository(user.folder / "lamp", LAMP)
    if text is not None:
        (user.folder / "ci.log").write_text(text)
    ran = user.regreen(repo, "fix", "--json", "--from-ci", user.folder / "ci.log")
    assert checked(ran) == (2, "usage")
    assert message in ran.answer["reason"]
