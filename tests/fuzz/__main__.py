"""Coverage-guided fuzzing: `python -m tests.fuzz TARGET [libFuzzer options]`, with atheris installed.

New inputs that reach new code go to tests/fuzz/corpus/<target>; a failing one is written to the current folder.
"""

import sys
from pathlib import Path

import atheris

FOLDER = Path(__file__).parent
PACKAGES = ["tools.patch", "agent.trace", "agent.core", "agent.tasks", "agent.report", "agent.run.resume",
            "tools.testing.junit", "tomllib"]  # fmt: skip

with atheris.instrument_imports(include=PACKAGES):
    from tests.fuzz.readers import READERS
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz one target until its options say stop."""
    name, *options = sys.argv[1:]
    words, length = ("readers.dict", 2000) if name in READERS else ("words.dict", 600)
    arguments = [sys.argv[0], f"-dict={FOLDER / words}", f"-max_len={length}", *options, str(FOLDER / "corpus" / name)]
    atheris.Setup(arguments, {**TARGETS, **READERS}[name])
    atheris.Fuzz()


main()
