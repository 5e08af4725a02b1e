"""What our plug-in switched off in a run, in words: read from its file, told to the user."""

from __future__ import annotations

import json
from pathlib import Path

# By the plug-in's word. No other is believed: the target's code could write to the file.
SWITCHED_OFF = {
    "xdist": "parallel workers (pytest-xdist)",
    "cov": "coverage (pytest-cov)",
    "randomly": "random order (pytest-randomly)",
    "random_order": "random order (pytest-random-order)",
    "reverse": "reverse order (pytest-reverse)",
    "repeat": "repeated tests (pytest-repeat)",
    "rerunfailures": "reruns (pytest-rerunfailures)",
    "flaky": "reruns (flaky)",
    "retry": "reruns (pytest-retry)",
}
MOST_BYTES = 4096


def read_switched_off(path: Path) -> tuple[str, ...]:
    """What the file says was switched off, in the words of the table; nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            words = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError):
        return ()
    named = {word for word in words if isinstance(word, str)} if isinstance(words, list) else set()
    return tuple(text for word, text in SWITCHED_OFF.items() if word in named)
