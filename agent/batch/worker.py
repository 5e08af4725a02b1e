"""The one place of a batch where everything that goes wrong with a task becomes its result."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]


def guarded(work: Callable[[], Row], failure: Callable[[Exception], Row]) -> Row:
    """The result of some work, or of what went wrong with it; the traceback goes to the log."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  (the batch goes on, whatever happened to one task)
        traceback.print_exc()
        return failure(error)
