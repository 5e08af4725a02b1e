"""What a patch may touch, and how it is split into the fix and the tests that travel apart."""

from collections.abc import Sequence

import pytest

from agent.run.policy import checks, edits_of_tests, new_files, refuse_test_edit, split_tests, without_parts
from tools.errors import PatchError
from tools.patch import Change
from tools.patch.validate import DEFAULT_CHECKS, Check

FIX = (
    "diff --git a/pkg/m.py b/pkg/m.py\n--- a/pkg/m.py\n+++ b/pkg/m.py\n@@ -1 +1 @@\n-a\n+diff --git a/x b/tests/y.py\n"
)
NEW_TEST = (
    "diff --git a/tests/test_m.py b/tests/test_m.py\nnew file mode 100644\n"
    "--- /dev/null\n+++ b/tests/test_m.py\n@@ -0,0 +1 @@\n+x\n"
)
MOVED = (
    "diff --git a/old name.py b/new name.py\nsimilarity index 100%\nrename from old name.py\nrename to new name.py\n"
)
OLD_NAME, NEW_NAME = '"a/\\303\\274.py"', '"b/\\303\\274.py"'
QUOTED = f"diff --git {OLD_NAME} {NEW_NAME}\n--- {OLD_NAME}\n+++ {NEW_NAME}\n@@ -1 +1 @@\n-a\n+b\n"
QUOTED_TEST = QUOTED.replace("/\\303", "/tests/\\303")


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("", ("", "")),
        (FIX, (FIX, "")),
        (NEW_TEST, ("", NEW_TEST)),
        (NEW_TEST + FIX + MOVED, (FIX + MOVED, NEW_TEST)),
        (FIX + NEW_TEST + QUOTED + QUOTED_TEST, (FIX + QUOTED, NEW_TEST + QUOTED_TEST)),
    ],
    ids=["nothing", "a fix", "a test", "mixed", "quoted names"],
)
def test_a_patch_is_split_by_whole_files(patch: str, expected: tuple[str, str]) -> None:
    assert split_tests(patch) == expected


CONFIGURED = "diff --git a/setup.cfg b/setup.cfg\n--- a/setup.cfg\n+++ b/setup.cfg\n@@ -1 +1 @@\n-a\n+b\n"
CONFTEST = NEW_TEST.replace("tests/test_m.py", "tests/conftest.py")
EDITED = NEW_TEST.replace("new file mode 100644\n--- /dev/null", "--- a/tests/test_m.py").replace("-0,0", "-1,0")


def test_what_steers_existing_tests_is_told_from_the_fix_and_from_new_tests() -> None:
    patch = CONFIGURED + FIX + NEW_TEST + CONFTEST
    assert split_tests(patch) == (FIX, CONFIGURED + NEW_TEST + CONFTEST)
    assert edits_of_tests(patch) == CONFIGURED + CONFTEST
    assert edits_of_tests(EDITED + QUOTED_TEST) == EDITED + QUOTED_TEST
    assert edits_of_tests(FIX + MOVED, {"pkg/m.py"}) == FIX
    assert without_parts(patch, CONFIGURED + CONFTEST) == FIX + NEW_TEST


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("tests/test_m.py", b"old", b"new"),
        ("tests/test_m.py", b"old", None),
        ("tests/data/x.json", b"old", b"new"),
        ("conftest.py", b"old", b"new"),
        ("conftest.py", None, b"new"),
        ("pkg/conftest.py", None, b"new"),
        ("pytest.ini", None, b"new"),
        ("pyproject.toml", b"old", b"new"),
        ("sub/tox.ini", None, b"new"),
        ("setup.cfg", b"old", None),
    ],
)
def test_a_change_that_steers_existing_tests_is_refused(path: str, before: bytes | None, after: bytes | None) -> None:
    with pytest.raises(PatchError) as refusal:
        refuse_test_edit(Change(path, before, after, 0o644))
    assert (refusal.value.code, refusal.value.path, refusal.value.message) == (
        "test-edit",
        path,
        f"{path} belongs to the tests and may not be changed",
    )


@pytest.mark.parametrize(
    ("path", "before"), [("m.py", b"old"), ("m.py", None), ("tests/test_new.py", None), ("latest/m.py", b"old")]
)
def test_code_and_new_test_files_are_let_through(path: str, before: bytes | None) -> None:
    refuse_test_edit(Change(path, before, b"new", 0o644))


def test_leave_to_edit_tests_lifts_only_that_check() -> None:
    edit = Change("tests/test_a.py", b"old", b"new", 0o644)
    assert checks(allow_test_edits=True) == tuple(DEFAULT_CHECKS)
    with pytest.raises(PatchError, match="belongs to the tests"):
        _checked(edit, checks(allow_test_edits=False))


def test_a_test_file_written_in_the_run_may_be_changed_again() -> None:
    edit = Change("tests/test_m.py", b"old", b"new", 0o644)
    _checked(edit, checks(allow_test_edits=False, written=new_files(NEW_TEST)))
    with pytest.raises(PatchError):
        _checked(edit, checks(allow_test_edits=False, written=new_files("")))


def _checked(change: Change, all_checks: Sequence[Check]) -> None:
    for check in all_checks:
        check(change)
