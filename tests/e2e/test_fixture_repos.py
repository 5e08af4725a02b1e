"""Every fixture repository: gold resolves it, what mends nothing does not; engine and scripted model end as pinned."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.core.task import Task
from agent.core.verdict import EXIT_CODES, Status, Verdict
from agent.run.baseline import Baseline
from agent.run.judge import Case, Judge
from tests.e2e._fingerprint import changed, fingerprint
from tests.e2e._repositories import NAMES, Project, gold_of, project_of, task_of
from tests.e2e._script import SECONDS, Turn, play, sites_of
from tests.e2e._support import User, checked
from tests.e2e.conftest import NewUser
from tests.support import needs_bubblewrap
from tools.testing.interpreter import probe
from tools.testing.results import TestRun, TestStatus
from tools.workspace.snapshot import snapshot

pytestmark = pytest.mark.slow
TRANSCRIPTS = Path(__file__).parent / "transcripts"
EACH = pytest.mark.parametrize("name", NAMES)
Copied = Callable[[str, str], Project]


@pytest.fixture(scope="module")
def copied(new_user: NewUser) -> Copied:
    """Copies fixture repositories out, each once, with a patch of their tests or without."""
    done: dict[tuple[str, str], Project] = {}

    def copy(name: str, test_patch: str) -> Project:
        if (name, test_patch) not in done:
            done[name, test_patch] = project_of(name, new_user(), test_patch)
        return done[name, test_patch]

    return copy


@EACH
def test_the_embedded_engine_ends_as_pinned(name: str, copied: Copied) -> None:
    task = task_of(name)
    project = copied(name, "")
    issue = ("--issue", task["problem_statement"]) if task["test_patch"] else ()
    ran = project.user.regreen(project.repo, "fix", "--json", "--python", project.python, *issue)
    assert checked(ran) == (EXIT_CODES[Status(task["offline"])], task["offline"]), ran.answer["reason"]
    if task["offline"] != "proved":
        return
    assert changed_lines(ran.answer["model_patch"]) == changed_lines(gold_of(name))
    verdict = ran.answer["verdict"]
    assert tally(verdict["fail_to_pass"]["success"], verdict["fail_to_pass"]["failure"]) == (wanted(name)[0], [])
    assert tally(verdict["pass_to_pass"]["success"], verdict["pass_to_pass"]["failure"]) == (wanted(name)[1], [])


@EACH
def test_the_gold_patch_resolves(name: str, copied: Copied, tmp_path: Path) -> None:
    verdict = judged(name, copied, gold_of(name), tmp_path)
    assert verdict.resolved
    assert tally(verdict.fail_to_pass.success, verdict.fail_to_pass.failure) == (wanted(name)[0], [])
    assert tally(verdict.pass_to_pass.success, verdict.pass_to_pass.failure) == (wanted(name)[1], [])


@EACH
def test_a_patch_that_mends_nothing_does_not_resolve(name: str, copied: Copied, tmp_path: Path) -> None:
    verdict = judged(name, copied, guess(name, copied(name, task_of(name)["test_patch"])), tmp_path)
    assert (verdict.status, verdict.resolved) == (Status.UNSOLVED, False)
    assert tally(verdict.fail_to_pass.success, verdict.fail_to_pass.failure) == ([], wanted(name)[0])
    assert tally(verdict.pass_to_pass.success, verdict.pass_to_pass.failure) == (wanted(name)[1], [])


@EACH
def test_the_empty_patch_does_not_resolve(name: str, copied: Copied, tmp_path: Path) -> None:
    verdict = judged(name, copied, "", tmp_path)
    assert (verdict.status, verdict.resolved) == (Status.UNSOLVED, False)


@EACH
def test_a_model_that_guesses_first_leaves_the_pinned_transcript(
    name: str, copied: Copied, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    project = copied(name, task_of(name)["test_patch"])
    wrong = guess(name, project)
    right = [taken_back(wrong), gold_of(name)]
    turns = [
        Turn("I read the code to mend.", (("read_file", {"path": first_file(name), "end": 1}),)),
        Turn("I look at the failures.", (("run_tests", {}),)),
        Turn("I try something.", (("apply_patch", {"patch": wrong}),)),
        Turn("I take it back and mend the cause.", tuple(("apply_patch", {"patch": patch}) for patch in right)),
    ]
    played = play(project.repo, turns, tmp_path / "scratch", probe(project.python, "the project's"))
    pinned, seen = TRANSCRIPTS / f"{name}.txt", "\n".join(played.transcript) + "\n"
    if pytestconfig.getoption("rewrite"):
        pinned.write_text(seen, encoding="utf-8")
    assert seen == pinned.read_text(encoding="utf-8")
    assert changed_lines(played.outcome.model_patch) == changed_lines(gold_of(name))


@pytest.mark.parametrize("sandbox", ["off", pytest.param("require", marks=needs_bubblewrap)])
def test_the_work_tree_is_imported_not_the_editable_install(sandbox: str, copied: Copied) -> None:
    project = copied("src-layout", "")
    before = fingerprint(project.repo)
    ran = project.user.regreen(project.repo, "fix", "--json", "--sandbox", sandbox, "--python", project.python)
    assert ran.end == (0, "proved"), ran.answer["reason"]
    assert changed(before, fingerprint(project.repo)) == []


def test_an_environment_inside_the_repository_is_found_by_itself(user: User) -> None:
    project = project_of("src-layout", user, environment=user.folder / "src-layout" / ".venv")
    ran = user.regreen(project.repo, "fix", "--json")
    assert "(the repository's .venv)" in ran.err.splitlines()[0]
    assert ran.end == (0, "proved"), ran.answer["reason"]


def judged(name: str, copied: Copied, patch: str, tmp_path: Path) -> Verdict:
    """The judge's verdict on a patch, with the task's own lists as the baseline and no time for rivals."""
    project = copied(name, task_of(name)["test_patch"])
    sites = sites_of(project.repo, tmp_path, probe(project.python, "the project's"))
    red, green = wanted(name)
    statuses = {test: TestStatus.FAILED for test in red} | {test: TestStatus.PASSED for test in green}
    baseline = Baseline(TestRun(statuses, complete=True), tuple(red), (), (), ())
    task = Task(name, name, snapshot(sites.repository), fail_to_pass=tuple(red), pass_to_pass=tuple(green))
    return Judge(sites, False, lambda text: None).judge(Case(task, baseline, SECONDS, 0.0), patch)


def wanted(name: str) -> tuple[list[str], list[str]]:
    """What must turn green and what must stay so, sorted."""
    return sorted(task_of(name)["FAIL_TO_PASS"]), sorted(task_of(name)["PASS_TO_PASS"])


def tally(success: list[str] | tuple[str, ...], failure: list[str] | tuple[str, ...]) -> tuple[list[str], list[str]]:
    return sorted(success), sorted(failure)


def changed_lines(patch: str) -> list[str]:
    """The lines a patch takes away and adds, in order, file by file."""
    return [line for line in patch.splitlines() if line.startswith(("+", "-")) and not line.startswith("index")]


def first_file(name: str) -> str:
    """The first existing file that the gold patch changes."""
    return next(line for line in gold_of(name).splitlines() if line.startswith("--- a/")).removeprefix("--- a/")


def guess(name: str, project: Project) -> str:
    """A patch that applies and mends nothing: a comment above the first line of the file to mend."""
    path = first_file(name)
    line = (project.repo / path).read_text(encoding="utf-8").splitlines()[0]
    return f"--- a/{path}\n+++ b/{path}\n@@ -1 +1,2 @@\n+# a guess\n {line}\n"


def taken_back(wrong: str) -> str:
    return wrong.replace("\n+#", "\n-#").replace("-1 +1,2", "-1,2 +1")
