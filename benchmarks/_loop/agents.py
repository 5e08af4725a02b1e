"""The agents under test: how each is started and spoken to."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._loop.script import FORMATS, TESTS, Dialect, Look
from tests.endpoint import Answer, calls, says

MODEL = "gpt-4.1"
PEERS = "REGREEN_BENCH_PEERS"  # interpreters, as in `patch`
THOUGHT = says("I look at what is there before I change it.")

NEW = "bookshelf/formats/markdown.py"
PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider"
ESCAPES = r'text.replace("*", "\\\\*")'
# It forgets to escape, so that one target stays red.
MODULE = '''\
"""A Markdown task list."""

from typing import Iterable

from bookshelf.books import Book


def escaped(text: str) -> str:
    """Keep stars from starting emphasis."""
    return text


def render(books: Iterable[Book]) -> str:
    """`- [x] *Title*, Author (year)` lines."""
    return "".join(
        "- [{}] *{}*, {} ({})\\n".format("x" if book.read else " ", escaped(book.title), book.author, book.year)
        for book in books
    )
'''
REGISTERING = (
    r"""'s/csv_table, plain/csv_table, markdown, plain/; """
    r"""s/^    "csv".*/&\n    "markdown": markdown.render,/'"""
)
REGISTERED = """\
--- a/bookshelf/formats/__init__.py
+++ b/bookshelf/formats/__init__.py
@@
-from bookshelf.formats import csv_table, plain
+from bookshelf.formats import csv_table, markdown, plain
@@
     "csv": csv_table.render,
+    "markdown": markdown.render,
     "plain": plain.render,
"""
ESCAPED = """\
--- a/bookshelf/formats/markdown.py
+++ b/bookshelf/formats/markdown.py
@@ def escaped
     \"\"\"Keep stars from starting emphasis.\"\"\"
-    return text
+    return text.replace("*", "\\\\*")
"""


class Ours:
    """regreen's tools."""

    def __init__(self) -> None:
        added = "".join(f"+{line}\n" for line in MODULE.splitlines())
        first = f"--- /dev/null\n+++ b/{NEW}\n@@\n{added}{REGISTERED}"
        self.end = (THOUGHT + calls("apply_patch", patch=first), THOUGHT + calls("apply_patch", patch=ESCAPED))

    def listing(self) -> Answer:
        return THOUGHT + calls("list_dir")

    def read(self, look: Look) -> Answer:
        lines = {"start": look.first, "end": look.last} if look.last else {}
        return THOUGHT + calls("read_file", path=look.path, **lines)

    def tests(self, path: str) -> Answer:
        return THOUGHT + calls("run_tests", tests=path)


class InBash:
    """mini-swe-agent's one tool."""

    def __init__(self) -> None:
        new = f"cat <<'EOF' > {NEW}\n{MODULE}EOF\n"
        edit = f"{new}sed -i {REGISTERING} {FORMATS}"
        tested = f"{PYTEST} {TESTS[0]}"
        self.end = (
            self._bash(f"{edit} && {tested}"),
            self._bash(f"sed -i 's/return text$/return {ESCAPES}/' {NEW} && {tested}"),
            self._bash("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"),
        )

    def listing(self) -> Answer:
        return self._bash("git ls-files -co --exclude-standard")

    def read(self, look: Look) -> Answer:
        path = shlex.quote(look.path)
        return self._bash(f"sed -n '{look.first},{look.last}p' {path}" if look.last else f"cat {path}")

    def tests(self, path: str) -> Answer:
        return self._bash(f"{PYTEST} {path}")

    def _bash(self, command: str) -> Answer:
        return THOUGHT + calls("bash", command=command)


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent: the interpreter it is installed for, its entry point, and its dialect."""

    name: str
    python: str
    entry: str
    dialect: Dialect

    def arguments(self, task: str, more: Sequence[str] = ()) -> list[str]:
        """The command line for a task; `more` are options of regreen's."""
        if self.name == "regreen":
            return ["fix", "--json", "--no-escalate", "--issue", task, *more]  # on a busy machine rivals stay untried
        return ["-m", f"openai/{MODEL}", "-t", task, "-y", "--exit-immediately", "-o", os.devnull]


def regreen() -> Agent:
    """The one that is installed where the benchmark runs."""
    return Agent("regreen", sys.executable, "regreen:main", Ours())


def peers() -> list[Agent]:
    """mini-swe-agent, for each interpreter named in REGREEN_BENCH_PEERS that has it."""
    pythons = [python for python in os.environ.get(PEERS, "").split(os.pathsep) if python]
    having = [python for python in pythons if list(Path(python).parents[1].glob("lib/*/site-packages/minisweagent"))]
    return [Agent("mini", python, "minisweagent.run.mini:app", InBash()) for python in having[:1]]


def environment(base_url: str, home: Path) -> dict[str, str]:
    """What both are started with: a home of their own, the endpoint, and no question about settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_BASE": base_url,
        "OPENAI_API_KEY": "none",
        "REGREEN_MODEL": MODEL,
        "MSWEA_CONFIGURED": "true",
        "MSWEA_COST_TRACKING": "ignore_errors",
        "MSWEA_SILENT_STARTUP": "1",
        "MSWEA_GLOBAL_CONFIG_DIR": str(home),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
