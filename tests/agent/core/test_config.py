"""Settings: which source wins, and what is refused with the name of its source."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.core.config import Config, load_config
from agent.core.errors import UsageProblem
from tests.support import write_files


def load(
    folder: Path,
    files: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Config:
    """The configuration of `folder/repo` for a user whose home is `folder/home`."""
    write_files(folder, files or {})
    return load_config(folder / "repo", {"HOME": str(folder / "home"), **(environ or {})}, flags or {})


def refusal(folder: Path, **sources: Mapping[str, str]) -> tuple[str, str]:
    with pytest.raises(UsageProblem) as refused:
        load(folder, **sources)
    return refused.value.message, refused.value.hint


USER, OWN, PYPROJECT = "home/.config/regreen/config.toml", "repo/regreen.toml", "repo/pyproject.toml"


def test_without_any_source_there_are_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Config(
        model="",
        max_cost=1.0,
        max_seconds=600.0,
        max_steps=40,
        scope="auto",
        accept="proved",
        sandbox="auto",
        python="",
        test_command="",
        test_report="",
        pass_env=(),
        allow_test_edits=False,
        test_memory_mb=0,
        test_processes=0,
        test_disk_mb=0,
        lab_workers=0,
    )


def test_the_stronger_source_wins(tmp_path: Path) -> None:
    files = {
        USER: "max_steps = 1\npython = 'user'\nsandbox = 'off'\nmax_seconds = 1\nscope = 'full'\n",
        PYPROJECT: "[tool.regreen]\nmax_steps = 2\npython = 'pyproject'\nsandbox = 'require'\nmax_seconds = 2\n",
        OWN: "max_steps = 3\npython = 'own'\nsandbox = 'auto'\n",
    }
    environ = {"REGREEN_MAX_STEPS": "4", "REGREEN_PYTHON": "environment"}
    assert load(tmp_path, files, environ, {"max_steps": 5, "python": None}) == Config(
        max_steps=5, python="environment", sandbox="auto", max_seconds=2.0, scope="full"
    )


def test_a_flag_that_was_not_given_changes_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, flags={"max_steps": None, "allow_test_edits": None}) == Config()


def test_a_flag_of_zero_counts(tmp_path: Path) -> None:
    assert load(tmp_path, {OWN: "max_steps = 3\nmax_cost = 2\n"}, flags={"max_steps": 0, "max_cost": 0.0}) == Config(
        max_steps=0, max_cost=0.0
    )


def test_every_setting_can_come_from_the_environment(tmp_path: Path) -> None:
    environ = {
        "REGREEN_MODEL": "gpt", "REGREEN_MAX_COST": "1.5", "REGREEN_MAX_SECONDS": "60", "REGREEN_MAX_STEPS": "7",
        "REGREEN_SCOPE": "full", "REGREEN_ACCEPT": "plausible", "REGREEN_SANDBOX": "off", "REGREEN_PYTHON": "p",
        "REGREEN_TEST_COMMAND": "make test", "REGREEN_TEST_REPORT": "build/*.xml",
        "REGREEN_MAX_COST_PER_DAY": "2.5",
        "REGREEN_PASS_ENV": "A,B", "REGREEN_ALLOW_TEST_EDITS": "yes", "REGREEN_OF_ANOTHER_PROGRAM": "x",
    }  # fmt: skip
    assert load(tmp_path, environ=environ) == Config(
        "gpt",
        1.5,
        60.0,
        7,
        "full",
        "plausible",
        "off",
        "p",
        "make test",
        "build/*.xml",
        ("A", "B"),
        True,
        max_cost_per_day=2.5,
    )


def test_the_users_file_is_where_xdg_says(tmp_path: Path) -> None:
    files = {"xdg/regreen/config.toml": "max_steps = 9\n", USER: "max_steps = 1\n"}
    assert load(tmp_path, files, {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}).max_steps == 9
    assert load(tmp_path, files, {"XDG_CONFIG_HOME": ""}).max_steps == 1


def test_keys_may_be_written_with_dashes(tmp_path: Path) -> None:
    assert load(tmp_path, {OWN: "max-steps = 3\nallow-test-edits = true\npass-env = ['A']\n"}) == Config(
        max_steps=3, allow_test_edits=True, pass_env=("A",)
    )


def test_an_unknown_setting_is_named_with_its_source_and_the_known_ones(tmp_path: Path) -> None:
    message, hint = refusal(tmp_path, files={PYPROJECT: "[tool.regreen]\nmax_step = 3\n"})
    assert message == "unknown setting 'max_step' in pyproject.toml [tool.regreen]"
    assert hint.startswith("known settings: model, max_cost, max_seconds, max_steps")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("sandbox = 'maybe'", "sandbox in regreen.toml is 'maybe'"),
        ("accept = true", "accept in regreen.toml is True"),
        ("max_steps = 'many'", "max_steps in regreen.toml is 'many'"),
        ("max_steps = -1", "max_steps in regreen.toml is -1"),
        ("max_steps = 1.5", "max_steps in regreen.toml is 1.5"),
        ("max_steps = true", "max_steps in regreen.toml is True"),
        ("max_cost = -0.5", "max_cost in regreen.toml is -0.5"),
        ("max_cost = inf", "max_cost in regreen.toml is inf"),
        ("max_seconds = nan", "max_seconds in regreen.toml is nan"),
        ("python = 3", "python in regreen.toml is 3"),
        ("allow_test_edits = 1", "allow_test_edits in regreen.toml is 1"),
        ("pass_env = 'A'", "pass_env in regreen.toml is 'A'"),
    ],
)
def test_a_wrong_value_is_refused(tmp_path: Path, line: str, message: str) -> None:
    assert refusal(tmp_path, files={OWN: f"{line}\n"})[0] == message


@pytest.mark.parametrize(
    ("name", "value"),
    [("REGREEN_MAX_STEPS", "many"), ("REGREEN_MAX_COST", "1 USD"), ("REGREEN_SANDBOX", "on"),
     ("REGREEN_ALLOW_TEST_EDITS", "perhaps")],
)  # fmt: skip
def test_a_wrong_value_of_the_environment_is_refused(tmp_path: Path, name: str, value: str) -> None:
    message, _ = refusal(tmp_path, environ={name: value})
    assert message == f"{name.removeprefix('REGREEN_').lower()} in the environment is {value!r}"


@pytest.mark.parametrize("value", ["0", "false", "no", "off"])
def test_words_for_no_are_no(tmp_path: Path, value: str) -> None:
    files = {OWN: "allow_test_edits = true\n"}
    assert load(tmp_path, files, {"REGREEN_ALLOW_TEST_EDITS": value}).allow_test_edits is False


def test_a_file_of_ours_that_is_not_toml_is_refused_by_name(tmp_path: Path) -> None:
    message, hint = refusal(tmp_path, files={OWN: "max_steps\n"})
    assert message.startswith(f"{tmp_path}/repo/regreen.toml: not valid TOML: ")
    assert hint == "mend or remove the file"


@pytest.mark.parametrize("text", ["not toml", "[tool]\nregreen = 3\n", "tool = 3\n", "[tool.other]\nx = 1\n"])
def test_a_pyproject_without_settings_of_ours_is_passed_over(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, {PYPROJECT: text}) == Config()


def test_a_table_of_a_later_feature_is_passed_over(tmp_path: Path) -> None:
    assert load(tmp_path, {OWN: "max_steps = 3\n[models.mine]\nname = 'x'\n"}) == Config(max_steps=3)


@pytest.mark.parametrize("pattern", ["/tmp/*.xml", "../*.xml", "build/../../x.xml"])
def test_reports_are_looked_for_below_the_repository_only(tmp_path: Path, pattern: str) -> None:
    assert refusal(tmp_path, flags={"test_report": pattern}) == (
        f"test_report in the command line is {pattern!r}",
        "use a pattern below the repository, like build/*.xml",
    )
    assert load(tmp_path, flags={"test_report": "build/**/*.xml"}).test_report == "build/**/*.xml"
