"""Coverage-guided fuzzing: `python -m tests.fuzz parse|apply [libFuzzer options]`, with atheris installed.

New inputs that reach new code go to tests/fuzz/corpus/<target>; a failing one is written to the current folder.
"""

import sys
from pathlib import Path

import atheris

FOLDER = Path(__file__).parent

with atheris.instrument_imports(include=["tools.patch"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz one target until its options say stop."""
    name, *options = sys.argv[1:]
    arguments = [sys.argv[0], f"-dict={FOLDER / 'words.dict'}", "-max_len=600", *options, str(FOLDER / "corpus" / name)]
    atheris.Setup(arguments, TARGETS[name])
    atheris.Fuzz()


main()
