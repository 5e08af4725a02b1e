"""The environment of the target's tests: what they need, and no secret."""

from tools.testing.environment import environment_for_tests
from tools.testing.interpreter import PLUGINS

OURS = {"PYTHONPATH": str(PLUGINS), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "TMPDIR": "/tmp"}
NEEDED = {"PATH": "/bin", "HOME": "/home/ada", "LANG": "C.UTF-8", "LC_ALL": "C", "TZ": "UTC", "VIRTUAL_ENV": "/venv",
          "PYENV_ROOT": "/pyenv", "DJANGO_SETTINGS_MODULE": "site.settings", "PYTHONUTF8": "1"}  # fmt: skip
SECRET = {"OPENAI_API_KEY": "sk", "OPENAI_BASE_URL": "https://x", "AWS_SECRET_ACCESS_KEY": "x", "GITHUB_TOKEN": "x",
          "REGREEN_MODEL": "x", "SSH_AUTH_SOCK": "/s", "DATABASE_URL": "x", "PIP_INDEX_URL": "https://u:p@x",
          "GIT_DIR": "/x", "http_proxy": "http://u:p@x", "PGPASSWORD": "x", "PYTEST_ADDOPTS": "-x",
          "PYTHONHOME": "/x", "PYTHONSTARTUP": "/x", "LD_PRELOAD": "/x"}  # fmt: skip


def test_what_tests_need_is_passed_and_nothing_else() -> None:
    assert environment_for_tests({**NEEDED, **SECRET}) == {**NEEDED, **OURS}


def test_names_the_user_asked_for_are_passed_but_never_options_for_pytest() -> None:
    env = environment_for_tests(SECRET, ["DATABASE_URL", "PYTEST_ADDOPTS", "NOT_SET"])
    assert env == {"DATABASE_URL": "x", **OURS}


def test_our_plugins_come_before_the_users_import_path() -> None:
    assert environment_for_tests({"PYTHONPATH": "/a:/b"})["PYTHONPATH"] == f"{PLUGINS}:/a:/b"


def test_our_settings_win_over_the_users() -> None:
    env = environment_for_tests({"TMPDIR": "/elsewhere", "PYTHONHASHSEED": "7"}, ["TMPDIR", "PYTHONHASHSEED"])
    assert env == OURS
