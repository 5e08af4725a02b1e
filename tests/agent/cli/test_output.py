"""Errors as the user is told them."""

import errno

from agent.cli.output import translated
from agent.core.verdict import Status


def test_a_full_disk_names_the_file_and_the_next_move() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "/out/preds.jsonl")
    assert translated(error) == (
        Status.INFRA_FAILURE,
        "/out/preds.jsonl: No space left on device",
        "free some disk space",
    )
