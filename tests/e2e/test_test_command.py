"""`--test-command`: the verdict follows from what the command tells of the tests."""

import pytest

from tests.e2e._repositories import LAMP, LAMP_FIXED, LAMP_PATCH, LAMP_TEST, new_repository
from tests.e2e._support import User, checked

pytestmark = pytest.mark.slow
UNITTEST = {
    "lamp.py": LAMP["lamp.py"],
    "test_lamp.py": "import unittest\n\nfrom lamp import is_lit\n\n\nclass LampTest(unittest.TestCase):\n"
    "    def test_a_lamp_is_lit_when_it_is_switched_on(self):\n"
    "        self.assertTrue(is_lit(True))\n        self.assertFalse(is_lit(False))\n",
    "regreen.toml": 'test_command = "python -m unittest"\n',
}


def test_a_pytest_below_the_command_lets_a_patch_be_proved(user: User) -> None:
    repository = new_repository(user.folder / "lamp", LAMP)
    ran = user.regreen(repository, "fix", "--json", "--test-command", "echo first && python -m pytest")
    assert checked(ran) == (0, "proved")
    assert ran.answer["model_patch"] == LAMP_PATCH
    assert ran.answer["verdict"]["fail_to_pass"] == {"success": [LAMP_TEST], "failure": []}
    assert "test command: echo first && python -m pytest" in ran.err


def test_an_exit_code_alone_is_plausible_at_most(user: User) -> None:
    repository = new_repository(user.folder / "lamp", UNITTEST)
    ran = user.regreen(repository, "fix", "--json", "--apply")
    assert checked(ran) == (3, "plausible")
    verdict = ran.answer["verdict"]
    assert verdict["fail_to_pass"] == {"success": ["test-command"], "failure": []}
    assert verdict["evidence"] == [
        "1 of 1 target tests failed before and pass after",
        "the test command ran: nothing that passed fails",
        "a rerun of the target tests agrees",
        "the exit code of the test command told of the tests: whether it reports failures was not checked",
        "only the exit code of the test command was seen, so which tests ran is not known",
    ]
    assert (repository / "lamp.py").read_text() == LAMP_FIXED


def test_a_command_that_is_not_there_is_said_before_anything_is_tried(user: User) -> None:
    repository = new_repository(user.folder / "lamp", LAMP)
    ran = user.regreen(repository, "fix", "--json", "--test-command", "no-such-program")
    assert checked(ran) == (5, "infra_failure")
    assert ran.answer["reason"].startswith("the test command cannot be run: ")
