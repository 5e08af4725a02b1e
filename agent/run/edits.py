"""Edits of existing tests: a patch is judged without and with them, and only the tests as they were prove it."""

from __future__ import annotations

from dataclasses import replace

from agent.core.verdict import Status, Verdict, WithTestEdits
from tools.patch import parse_patch

UNCHANGED = Verdict(Status.UNSOLVED, evidence=("without its edits of tests the patch changes nothing",))
NOT_PROVED = "what passes only with edited tests is not proved: whoever asked decides whether the tests were wrong"


def judged_both_ways(without: Verdict, edited: Verdict, edits: str) -> Verdict:
    """One verdict of two: `without` is of the tests as they were, `edited` of the patch with its edits of tests."""
    found = WithTestEdits(edited.resolved, edited.fail_to_pass, edited.pass_to_pass)
    files = ", ".join(dict.fromkeys(file.target_file or file.source_file or "" for file in parse_patch(edits)))
    said = [f"with the edited tests ({files}): {sentence}" for sentence in edited.evidence]
    as_they_were = [f"with the tests as they were: {sentence}" for sentence in without.evidence]
    if without.resolved or not edited.resolved:
        return replace(without, evidence=(*as_they_were, *said), with_test_edits=found)
    return replace(
        without,
        status=Status.PLAUSIBLE,
        patch_successfully_applied=True,
        evidence=(*as_they_were, *said, NOT_PROVED),
        flags=edited.flags,
        with_test_edits=found,
    )
