"""What a patch may touch, and how it is split into the fix and the new tests that travel apart."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import PurePosixPath

from tools.errors import PatchError
from tools.patch import Change, parse_patch
from tools.patch.validate import DEFAULT_CHECKS, Check
from tools.testing.layout import is_test_configuration, is_test_path

POLICY_CODES = frozenset({"test-edit", "path-outside", "path-git", "path-symlink", "path-absolute", "mode"})
FILE_HEADER = re.compile(r"^diff --git ", re.MULTILINE)


def checks(allow_test_edits: bool, written: Container[str] = (), tests: Container[str] = ()) -> tuple[Check, ...]:
    """The checks a proposed patch must pass before anything is written.

    `written` are files the run itself made, `tests` files that tests were collected from, whatever they are called.
    """

    def leaves_tests_alone(change: Change) -> None:
        if change.path not in written:
            refuse_test_edit(change, tests)

    return tuple(DEFAULT_CHECKS) if allow_test_edits else (*DEFAULT_CHECKS, leaves_tests_alone)


def refuse_test_edit(change: Change, tests: Container[str] = ()) -> None:
    """Refuse changes to existing tests, conftest and test configuration, and new files that would steer tests."""
    steers = PurePosixPath(change.path).name == "conftest.py" or is_test_configuration(change.path)
    is_test = is_test_path(change.path) or change.path in tests
    if steers or (is_test and change.before is not None):
        hint = "mend the code instead; a new test goes into a new test file (--allow-test-edits lifts this)"
        raise PatchError(
            "test-edit", f"{change.path} belongs to the tests and may not be changed", hint, path=change.path
        )


def split_tests(patch: str, tests: Container[str] = ()) -> tuple[str, str]:
    """A git diff as (model_patch, test_patch): whole files, by their path; what configures tests belongs to them."""
    parts = _parts(patch)
    fix = [part for part in parts if not _is_of_tests(_path(part), tests)]
    return "".join(fix), "".join(part for part in parts if part not in fix)


def edits_of_tests(patch: str, tests: Container[str] = ()) -> str:
    """The part of a git diff that would change how existing tests run: all that needs leave."""
    return "".join(part for part in _parts(patch) if not _is_let_through(part, tests))


def without_parts(patch: str, parts: str) -> str:
    """A git diff without the files of another one that was taken from it."""
    gone = _parts(parts)
    return "".join(part for part in _parts(patch) if part not in gone)


def new_files(patch: str) -> frozenset[str]:
    """The files that a git diff creates."""
    found = parse_patch(patch) if patch else ()
    return frozenset(change.path for change in found if change.source_file is None)


def _parts(patch: str) -> list[str]:
    starts = [found.start() for found in FILE_HEADER.finditer(patch)]
    return [patch[start:end] for start, end in zip(starts, [*starts[1:], len(patch)], strict=False)]


def _is_of_tests(path: str, tests: Container[str]) -> bool:
    return is_test_path(path) or is_test_configuration(path) or path in tests


def _is_let_through(part: str, tests: Container[str]) -> bool:
    path = _path(part)
    is_new = any(file.source_file is None for file in parse_patch(part))
    try:
        refuse_test_edit(Change(path, None if is_new else b"", b"", 0o644), tests)
    except PatchError:
        return False
    return True


def _path(part: str) -> str:
    header = part.splitlines()[0]
    return header.rsplit(" b/", 1)[-1].strip('"')
