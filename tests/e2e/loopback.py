"""The run with a model that README.md shows: `python -m tests.e2e.loopback` plays it anew and prints it.

The model is a script behind a real endpoint on this machine; all else is what it is in any run.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.e2e._repositories import new_repository
from tests.e2e._support import User
from tests.e2e.test_faults import KEY, RED, SHOP
from tests.endpoint import Endpoint, calls, says

MODEL = "gpt-6.1-sol"
MENDED = """\
--- a/price.py
+++ b/price.py
@@ def gross(net):
-    return net * (100 - RATE) / 100
+    return net * (100 + RATE) / 100
"""
COMMAND = ("fix", "--model", MODEL)
SCRIPT = (
    says("The test imports gross, and I have not seen what price.py has.") + calls("read_file", path="price.py"),
    says("It has net alone: gross is missing.") + calls("apply_patch", patch=RED),
    says("The tax is added, not taken off.") + calls("apply_patch", patch=MENDED),
)
PROGRESS = re.compile(r".* · \d+\.\d s · \$\d+\.\d\d$")
# What differs from run to run, and from machine to machine.
PASSING = (
    (re.compile(r"\([/…]\S*"), "(…"),  # a long path is cut off
    (re.compile(r"^python .*? · model"), "python … · model"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "… s"),
    (re.compile(r"\b\d{8}-\d{6}-\w+"), "RUN"),
    (re.compile(r"\$\d+\.\d+"), "$…"),
    (re.compile(r"\b\d+ other small edits.*"), "… other small edits"),
)


def played(user: User) -> str:
    """What the command prints where no terminal is, without its progress."""
    repo = new_repository(user.folder / "shop", SHOP)
    with Endpoint(SCRIPT, models=[MODEL]) as endpoint:
        ran = user.regreen(repo, *COMMAND, variables={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.base_url})
    lines = [line for line in ran.err.splitlines() if not PROGRESS.fullmatch(line)]
    return "\n".join([f"$ regreen {' '.join(COMMAND)}", *lines, *ran.out.splitlines()])


def lasting(transcript: str) -> Iterator[str]:
    """Its lines, as far as every run says the same."""
    for line in transcript.splitlines():
        for pattern, word in PASSING:
            line = pattern.sub(word, line)
        yield line.rstrip()


def main() -> None:
    """Play it in a temporary folder, with the tests run by this interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        print(played(User(Path(folder), Path(sys.prefix))))


if __name__ == "__main__":
    main()
