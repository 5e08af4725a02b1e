"""aider's coders as appliers: its own parsing, matching and writing, without the chat around them."""

import importlib
import re
from collections.abc import Callable
from pathlib import Path

Apply = Callable[[Path, str], None]
FENCE = ("```", "```")
_GIT_HEADER = re.compile(r"(?m)^(diff --git|index|new file mode|deleted file mode|similarity|rename) .*\n")


def coder(module: str, name: str) -> Callable[[], Apply]:
    """A loader of one coder class; what the chat would have asked the user is answered with yes."""

    def load() -> Apply:
        found = getattr(importlib.import_module(f"aider.coders.{module}"), name)
        terminal = importlib.import_module("aider.io").InputOutput(yes=True, pretty=False, fancy_input=False)

        def apply(tree: Path, text: str) -> None:
            made = found.__new__(found)
            made.io, made.root, made.fence = terminal, str(tree), FENCE
            made.abs_root_path_cache, made.shell_commands = {}, []
            made.abs_fnames = {str(path) for path in tree.rglob("*") if path.is_file()}
            made.partial_response_content = _fenced(text) if name == "UnifiedDiffCoder" else text
            edits = made.get_edits()
            if not edits:
                raise ValueError("no edit in the answer")
            made.apply_edits(made.apply_edits_dry_run(edits))

        return apply

    return load


def _fenced(text: str) -> str:
    """Its models are told to fence the diff of each file, and to write no header of git's."""
    if "```" in text:
        return text
    parts = re.split(r"(?m)^(?=--- \S)", _GIT_HEADER.sub("", text))
    return "".join(f"```diff\n{part.rstrip()}\n```\n" for part in parts if part.strip())
