"""The judge on small repositories made by hand: what a patch must do to be resolved, and to be proved."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.core.config import Scope
from agent.core.step import Alternative
from agent.core.task import Task
from agent.core.verdict import Status, Tally, Verdict, WithTestEdits
from agent.run.baseline import Baseline, Terms, take_baseline
from agent.run.budget import Budget
from agent.run.judge import Case, Judge
from agent.run.rivals import tells_too_little
from tests.support import new_repository, new_sites
from tools.patch import Edit
from tools.testing.site import Sites
from tools.workspace.limits import MB, Limits

pytestmark = pytest.mark.slow
PRODUCT = """\
def add(a, b):
    return a - b


def adult(age):
    return age > 18


def double(number):
    return number * 2
"""
TESTS = """\
from product import add, adult, double


def test_add():
    assert add(2, 3) == 5
    assert add(-4, 1) == -3
    assert add(0, 7) == 7
    assert add(10, 5) == 15


def test_double():
    assert double(2) == 4
"""
ADULT = "from product import adult\n\n\ndef test_adult():\n    assert adult(18)\n    assert not adult(5)\n"
TARGET = "test_product.py::test_add"
FIX = "a - b", "a + b"


def patch_of(*replacements: tuple[str, str], source: str = PRODUCT, path: str = "product.py") -> str:
    """A git diff of whole-line replacements in one file."""
    old = new = source
    for before, after in replacements:
        new = new.replace(before, after)
    removed, added = (
        "".join(f"{sign}{line}\n" for line in text.splitlines()) for sign, text in (("-", old), ("+", new))
    )
    counts = f"-1,{len(old.splitlines())} +1,{len(new.splitlines())}"
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ {counts} @@\n{removed}{added}"


def created(path: str, text: str) -> str:
    added = "".join(f"+{line}\n" for line in text.splitlines())
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
        f"@@ -0,0 +1,{len(text.splitlines())} @@\n{added}"
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """A repository with its baseline taken."""

    sites: Sites
    case: Case

    def judge(self, patch: str, *, allow_test_edits: bool = False) -> Verdict:
        return Judge(self.sites, allow_test_edits, lambda text: None).judge(self.case, patch)


def ground(folder: Path, files: Mapping[str, str], selected: tuple[str, ...] = (), scope: Scope = "auto") -> Ground:
    repository = new_repository(folder / "repo", files)
    assert repository.head
    sites = new_sites(repository, folder / "sites")
    task = Task("x", "x", repository.head)
    site = sites.open(repository.head)
    baseline = take_baseline(site, task, Terms(selected, scope), Budget(10, 300.0), lambda text: None)
    site.close()
    return Ground(sites, Case(dataclasses.replace(task, fail_to_pass=baseline.targets), baseline, 120.0, 20.0))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """One red test, one green one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{name}_NAME", "Ada Example")
            patch.setenv(f"GIT_{name}_EMAIL", "ada@example.com")
        return ground(tmp_path_factory.mktemp("judge"), {"product.py": PRODUCT, "test_product.py": TESTS})


def test_a_patch_that_eats_memory_is_ended_and_it_is_said(plain: Ground) -> None:
    hungry = dataclasses.replace(plain, sites=dataclasses.replace(plain.sites, limits=Limits(memory_bytes=300 * MB)))
    verdict = hungry.judge(patch_of(("return a - b", "kept = [b'x' * 50_000_000 for _ in range(99)]; return a + b")))
    assert (verdict.status, verdict.evidence) == (
        Status.UNSOLVED,
        (f"with the patch the suite was ended for using more than 300 MB of memory while running {TARGET}",),
    )


def test_a_right_patch_is_proved_and_says_what_that_rests_on(plain: Ground) -> None:
    verdict = plain.judge(patch_of(FIX))
    assert verdict == Verdict(
        status=Status.PROVED,
        resolved=True,
        fail_to_pass=Tally(success=(TARGET,)),
        pass_to_pass=Tally(success=("test_product.py::test_double",)),
        patch_successfully_applied=True,
        infra_failure=False,
        evidence=(
            "1 of 1 target tests failed before and pass after",
            "the whole suite ran, 2 tests: nothing that passed fails",
            "a rerun of the target tests agrees",
            verdict.evidence[-1],
        ),
        rivals=(),
    )
    assert "other small edits at the changed lines were tried" in verdict.evidence[-1]


def test_a_patch_that_breaks_another_test_is_not_resolved(plain: Ground) -> None:
    verdict = plain.judge(patch_of(FIX, ("number * 2", "number * 3")))
    assert verdict == Verdict(
        Status.UNSOLVED,
        False,
        Tally(success=(TARGET,)),
        Tally(failure=("test_product.py::test_double",)),
        True,
        evidence=(
            "1 of 1 target tests failed before and pass after",
            "the whole suite ran, 2 tests: 1 that passed now fail (test_product.py::test_double)",
        ),
    )


def test_a_patch_that_leaves_the_target_red_is_not_resolved(plain: Ground) -> None:
    verdict = plain.judge(patch_of(("a - b", "b - a")))
    assert (verdict.status, verdict.resolved, verdict.fail_to_pass) == (
        Status.UNSOLVED,
        False,
        Tally(failure=(TARGET,)),
    )


def test_a_flagged_patch_is_plausible_and_says_why(plain: Ground) -> None:
    verdict = plain.judge(
        patch_of(
            ("a - b", "a + b if a != 10 else 15"),
            ("return number * 2", "return bool(sys.modules.get('pytest')) * number * 2"),
            ("def add", "import sys\n\n\ndef add"),
        )
    )
    assert (verdict.status, verdict.resolved, verdict.rivals) == (Status.PLAUSIBLE, True, ())
    assert [flag.code for flag in verdict.flags] == ["expected-value", "special-case", "test-framework"]
    assert verdict.evidence[-3:] == tuple(f"flagged: {flag}" for flag in verdict.flags)


def test_a_patch_that_makes_pytest_report_passes_resolves_nothing(plain: Ground) -> None:
    replaced = (
        "import _pytest.runner as runner\nmade = runner.TestReport.from_item_and_call\n"
        "def passed(item, call):\n    report = made(item, call)\n    report.outcome = 'passed'\n    return report\n"
        "runner.TestReport.from_item_and_call = passed\n\n\ndef add"
    )
    verdict = plain.judge(patch_of(("def add", replaced)))
    assert (verdict.status, verdict.resolved) == (Status.UNSOLVED, False)
    assert verdict.evidence[-1].startswith("a test of ours that must fail is reported as PASSED")


def test_a_patch_that_does_not_apply_is_unsolved(plain: Ground) -> None:
    verdict = plain.judge(patch_of(FIX, source="nothing like it a - b\n"))
    assert (verdict.status, verdict.patch_successfully_applied, verdict.resolved) == (Status.UNSOLVED, False, False)
    assert verdict.evidence[0].startswith("the patch does not apply: ")


@pytest.mark.parametrize(
    "patch",
    [
        patch_of(("== 5", "== -1"), source=TESTS, path="test_product.py"),
        created("conftest.py", "collect_ignore = ['test_product.py']\n"),
        created("pytest.ini", "[pytest]\n"),
        created("../outside.py", "x = 1\n"),
        created(".git/hooks/pre-commit", "x\n"),
        created("/etc/outside.py", "x = 1\n"),
    ],
    ids=["an existing test", "a conftest", "configuration", "above the tree", "git's folder", "absolute"],
)
def test_a_patch_that_breaks_a_policy_is_refused(plain: Ground, patch: str) -> None:
    verdict = plain.judge(patch)
    assert (verdict.status, verdict.resolved, verdict.patch_successfully_applied) == (Status.REFUSED, False, False)


def of_tests(*replacements: tuple[str, str]) -> str:
    """Edits of the existing tests."""
    return patch_of(*replacements, source=TESTS, path="test_product.py")


def test_an_allowed_test_edit_is_judged_without_it_and_with_it(plain: Ground) -> None:
    verdict = plain.judge(patch_of(FIX) + of_tests(("== 4", "== 4  # as ever")), allow_test_edits=True)
    kept = Tally(success=("test_product.py::test_double",))
    assert (verdict.status, verdict.resolved, verdict.with_test_edits) == (
        Status.PROVED,
        True,
        WithTestEdits(True, Tally(success=(TARGET,)), kept),
    )
    edited = "with the edited tests (test_product.py): the whole suite ran, 2 tests: nothing that passed fails"
    assert {edited, edited.replace("edited tests (test_product.py)", "tests as they were")} < set(verdict.evidence)


def test_what_passes_only_with_edited_tests_is_plausible_at_most_and_not_resolved(plain: Ground) -> None:
    patch = patch_of(("a - b", "b - a")) + of_tests(("add(2, 3) == 5", "add(2, 3) == 1"), ("== -3", "== 5"),
                                                    ("add(10, 5) == 15", "add(5, 10) == 5"))  # fmt: skip
    verdict = plain.judge(patch, allow_test_edits=True)
    assert (verdict.status, verdict.resolved, verdict.needs_test_edits) == (Status.PLAUSIBLE, False, True)
    assert verdict.fail_to_pass == Tally(failure=(TARGET,))
    assert verdict.with_test_edits is not None
    assert verdict.with_test_edits.fail_to_pass == Tally(success=(TARGET,))
    assert verdict.evidence[0] == ("with the tests as they were: 0 of 1 target tests failed before and pass after")
    assert verdict.evidence[-1].startswith("what passes only with edited tests is not proved")


def test_edits_of_tests_alone_are_judged(plain: Ground) -> None:
    patch = of_tests(("add(2, 3) == 5", "add(2, 3) == -1"), ("== -3", "== -5"), ("== 7", "== -7"), ("== 15", "== 5"))
    verdict = plain.judge(patch, allow_test_edits=True)
    assert (verdict.status, verdict.resolved, verdict.needs_test_edits) == (Status.PLAUSIBLE, False, True)
    assert verdict.evidence[0] == ("with the tests as they were: without its edits of tests the patch changes nothing")


SILENCED = {
    "a test is removed": of_tests((TESTS[TESTS.index("def test_double") :], "")),
    "all are skipped": of_tests(("from product", "import pytest\npytestmark = pytest.mark.skip\nfrom product")),
}
# Files that ran before are named, and run whatever is configured.
IGNORED = {
    "none is collected": created("pytest.ini", "[pytest]\npython_files = none.py\n"),
    "a conftest lets all pass": created("conftest.py", "collect_ignore = ['test_product.py']\n"),
}


@pytest.mark.parametrize("edit", SILENCED)
def test_a_proof_stands_without_edits_that_break_or_silence_tests_and_says_what_they_do(
    plain: Ground, edit: str
) -> None:
    verdict = plain.judge(patch_of(FIX) + SILENCED[edit], allow_test_edits=True)
    assert (verdict.status, verdict.resolved, verdict.needs_test_edits) == (Status.PROVED, True, False)
    assert verdict.with_test_edits is not None
    assert verdict.with_test_edits.resolved is False


def test_without_a_fix_no_edit_that_silences_tests_is_plausible(plain: Ground) -> None:
    edits = [*SILENCED.values(), *IGNORED.values()]
    assert [plain.judge(edit, allow_test_edits=True).status for edit in edits] == [Status.UNSOLVED] * len(edits)


def test_a_patch_that_ends_the_test_process_is_not_resolved(plain: Ground) -> None:
    verdict = plain.judge(patch_of(("def add(a, b):\n", "import os\n\n\ndef add(a, b):\n    os._exit(0)\n")))
    assert (verdict.status, verdict.resolved, verdict.fail_to_pass, verdict.evidence) == (
        Status.UNSOLVED,
        False,
        Tally(failure=(TARGET,)),
        ("with the patch the suite did not come to its end",),
    )


def test_a_test_that_vanishes_has_failed(tmp_path: Path) -> None:
    add = "import product\n\n\ndef test_add():\n    assert product.add(2, 3) == 5\n"
    tests = (
        f"{add}\n\nif hasattr(product, 'double'):\n\n    def test_double():\n        assert product.double(2) == 4\n"
    )
    made = ground(tmp_path, {"product.py": PRODUCT, "test_product.py": tests})
    verdict = made.judge(patch_of(FIX, ("def double(", "def twice(")))
    assert (verdict.resolved, verdict.pass_to_pass) == (False, Tally(failure=("test_product.py::test_double",)))


def test_a_target_that_fails_in_the_lab_alone_leaves_rivals_untried(tmp_path: Path) -> None:
    noticing = "    import os\n    assert not os.environ.get('REGREEN_LAB_FDS')\n    assert add("
    made = ground(tmp_path, {"product.py": PRODUCT, "test_product.py": TESTS.replace("    assert add(", noticing)})
    verdict = made.judge(patch_of(FIX))
    assert (verdict.status, verdict.resolved) == (Status.PLAUSIBLE, True)
    assert any("do not pass in the lab" in said for said in verdict.evidence)


def test_a_test_that_is_skipped_afterwards_is_forgiven_and_a_target_is_not(tmp_path: Path) -> None:
    tests = TESTS.replace(
        "    assert double(2)", "    import pytest\n    if add(1, 1) == 2:\n        pytest.skip()\n    assert double(2)"
    )
    made = ground(tmp_path, {"product.py": PRODUCT, "test_product.py": tests})
    verdict = made.judge(patch_of(FIX))
    assert (verdict.status, verdict.pass_to_pass) == (Status.PROVED, Tally(success=("test_product.py::test_double",)))
    skips = "def add(a, b):\n    import pytest\n    pytest.skip()\n"
    skipped = made.judge(patch_of(("def add(a, b):\n", skips)))
    assert (skipped.resolved, skipped.fail_to_pass) == (False, Tally(failure=(TARGET,)))


def test_an_open_reading_makes_it_plausible_and_names_the_rival(tmp_path: Path) -> None:
    made = ground(tmp_path, {"product.py": PRODUCT, "test_adult.py": ADULT})
    verdict = made.judge(patch_of(("age > 18", "age > 17")))
    assert (verdict.status, verdict.resolved) == (Status.PLAUSIBLE, True)
    assert verdict.rivals != ()
    assert all(
        rival.patch.startswith("diff --git a/product.py b/product.py\n") and rival.example for rival in verdict.rivals
    )


def outcomes_of(folder: Path, word: str) -> str:
    """A line of test code that passes (P) or fails (F) as the letters of a word say, one a run."""
    (folder / word).write_text(word)
    return (
        f"    import pathlib\n    told = pathlib.Path({str(folder / word)!r})\n    word = told.read_text()\n"
        "    told.write_text(word[1:])\n    assert word[0] == 'P'\n"
    )


def test_a_target_that_a_rerun_disagrees_on_is_flaky_and_not_resolved(tmp_path: Path) -> None:
    """Red twice for the baseline, green for the suite with the patch, red in the rerun."""
    flaky = f"\n\ndef test_flaky():\n{outcomes_of(tmp_path, 'FFPFFF')}"
    made = ground(tmp_path, {"product.py": PRODUCT, "test_product.py": TESTS + flaky})
    verdict = made.judge(patch_of(FIX))
    assert (verdict.status, verdict.resolved, verdict.evidence[-1]) == (
        Status.UNSOLVED,
        False,
        "a rerun of the target tests disagrees: they are flaky",
    )


def test_a_test_that_broke_only_once_is_flaky_and_forgiven(tmp_path: Path) -> None:
    """Green for the baseline and its traced run, red for the suite with the patch, then green again."""
    flaky = f"\n\ndef test_flaky():\n{outcomes_of(tmp_path, 'PPFPPPPP')}"
    made = ground(tmp_path, {"product.py": PRODUCT, "test_product.py": TESTS, "test_z.py": flaky})
    verdict = made.judge(patch_of(FIX))
    assert (verdict.resolved, verdict.pass_to_pass.failure) == (True, ())
    assert any(line.startswith("flaky, passed when ") and "test_z.py::test_flaky" in line for line in verdict.evidence)


def test_the_suite_runs_in_the_targets_own_order_and_what_only_that_breaks_is_forgiven(tmp_path: Path) -> None:
    order = (
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--plain', action='store_false', default=True, dest='randomly_reorganize')\n\n"
        "def pytest_collection_modifyitems(config, items):\n"
        "    if config.option.randomly_reorganize:\n        items.reverse()\n"
    )
    dependent = "\nDONE = []\n\ndef test_first():\n    DONE.append(1)\n\ndef test_second():\n    assert DONE\n"
    ini = "[pytest]\naddopts = -p pytest_randomly\n"
    files = {
        "product.py": PRODUCT,
        "test_product.py": TESTS + dependent,
        "pytest.ini": ini,
        "pytest_randomly.py": order,
    }
    made = ground(tmp_path, files)
    assert made.case.baseline.run.switched_off == ("random order (pytest-randomly)",)
    verdict = made.judge(patch_of(FIX))
    assert verdict.status is Status.PROVED
    assert "flaky, passed when the suite ran again: test_product.py::test_second" in verdict.evidence


def test_without_a_target_nothing_is_proved(tmp_path: Path) -> None:
    made = ground(tmp_path, {"product.py": PRODUCT, "test_double.py": TESTS.replace("def test_add", "def not_a_test")})
    assert made.case.baseline == dataclasses.replace(made.case.baseline, targets=(), flaky=(), unrelated=(), broken=())
    verdict = made.judge(patch_of(FIX))
    assert (verdict.status, verdict.resolved, verdict.evidence[-1]) == (
        Status.PLAUSIBLE,
        True,
        "no test of the task failed before, so nothing is proved",
    )


def test_reds_that_are_no_target_stay_red_and_do_not_block(tmp_path: Path) -> None:
    files = {"product.py": PRODUCT, "test_product.py": TESTS, "test_adult.py": ADULT}
    made = ground(tmp_path, files, ("test_product.py",))
    assert (made.case.baseline.targets, made.case.baseline.unrelated) == ((TARGET,), ("test_adult.py::test_adult",))
    assert made.judge(patch_of(FIX)).status is Status.PROVED


def test_a_file_that_could_not_be_imported_stands_for_its_tests(tmp_path: Path) -> None:
    product = "def triple(number):\n    return number * 3\n"
    tests = (
        "from product import thrice\n\n\ndef test_thrice():\n    assert thrice(2) == 6\n    assert thrice(-1) == -3\n"
    )
    made = ground(tmp_path, {"product.py": product, "test_thrice.py": tests})
    assert made.case.baseline.targets == ("test_thrice.py",)
    verdict = made.judge(patch_of(("def triple", "def thrice"), source=product))
    assert (verdict.resolved, verdict.fail_to_pass) == (True, Tally(success=("test_thrice.py",)))


def test_the_judge_works_in_a_tree_that_nobody_had(plain: Ground) -> None:
    plain.sites.open(plain.case.task.base_commit).close()
    there = set(plain.sites.home.iterdir())
    plain.judge(patch_of(FIX))
    assert set(plain.sites.home.iterdir()) > there


def test_the_baseline_holds_lines_for_the_covering_tests(plain: Ground) -> None:
    baseline: Baseline = plain.case.baseline
    assert {name: set(lines["product.py"]) for name, lines in baseline.run.lines.items()} == {
        TARGET: {2},
        "test_product.py::test_double": {10},
    }


def test_where_not_all_tests_run_a_changed_data_file_is_named_as_a_risk(tmp_path: Path) -> None:
    files = {"product.py": PRODUCT, "test_product.py": TESTS, "rates.json": "{}\n"}
    open_ground = ground(tmp_path, files, (TARGET,), "impacted")
    verdict = open_ground.judge(patch_of(FIX) + patch_of(("{}", "{1}"), source="{}\n", path="rates.json"))
    assert (verdict.status, verdict.resolved) == (Status.PLAUSIBLE, True)
    assert "which tests rates.json can affect is not known" in verdict.evidence
    assert TARGET in verdict.fail_to_pass.success


def test_changed_test_configuration_lets_every_known_test_run(tmp_path: Path) -> None:
    files = {"product.py": PRODUCT, "test_product.py": TESTS, "test_adult.py": ADULT, "tox.ini": "[tox]\n"}
    open_ground = ground(tmp_path, files, (TARGET, "test_product.py::test_double", "test_adult.py"), "impacted")
    patch = patch_of(FIX) + patch_of(("[tox]", "[tox]\n[x]"), source="[tox]\n", path="tox.ini")
    verdict = open_ground.judge(patch, allow_test_edits=True)
    assert verdict.with_test_edits is not None
    assert verdict.with_test_edits.pass_to_pass.success == ("test_product.py::test_double",)


@pytest.mark.parametrize(("alive", "tried", "weak"), [(0, 11, False), (2, 95, False), (1, 28, True), (7, 72, True)])
def test_a_suite_that_lets_more_than_three_of_a_hundred_other_edits_pass_is_no_proof_alone(
    alive: int, tried: int, weak: bool
) -> None:
    assert tells_too_little(alive, tried) is weak


SHARE = "def share(items):\n    count = len(items) + 1\n    return sum(items) / count\n"
SHARE_TESTS = """\
from product import share


def test_share():
    assert share([4]) == 4
    assert share([2, 2]) == 2
    assert share([3, 3, 3, 3, 3]) == 3
"""


def test_what_its_proposer_might_as_well_have_chosen_is_a_rival_wherever_it_stands(tmp_path: Path) -> None:
    shared = ground(tmp_path, {"product.py": SHARE, "test_product.py": SHARE_TESTS})
    start, end = SHARE.index("sum"), SHARE.index("\n", SHARE.index("sum"))
    said = {"max(items)": "the highest", "sum(items) / len(items)": "the same", "min(items) - 1": "a wrong one"}
    known = {text: Alternative(Edit("product.py", start, end, text), words) for text, words in said.items()}
    elsewhere = Alternative(Edit("other.py", 0, 0, "x = 1\n"), "in a file that the patch leaves alone")

    def judged(*alternatives: Alternative) -> Verdict:
        case = dataclasses.replace(shared.case, alternatives=alternatives)
        return dataclasses.replace(shared, case=case).judge(patch_of((" + 1", ""), source=SHARE))

    alone = judged()
    assert alone.status is Status.PROVED
    one = SHARE.index("1")
    made_anyway = judged(Alternative(Edit("product.py", one, one + 1, "0"), "an edit at the changed line"))
    assert (made_anyway.status, made_anyway.evidence) == (Status.PROVED, alone.evidence)
    alike = judged(known["sum(items) / len(items)"], known["min(items) - 1"], elsewhere)
    assert (alike.status, alike.rivals) == (Status.PROVED, ())
    assert "at the changed lines and elsewhere" in alike.evidence[-1]
    verdict = judged(known["max(items)"])
    assert (verdict.status, [rival.sentence for rival in verdict.rivals]) == (Status.PLAUSIBLE, ["the highest"])
    assert "+    return max(items)\n" in verdict.rivals[0].patch
    assert "the patch raised ZeroDivisionError, the rival raised ValueError" in verdict.rivals[0].example
