"""The appliers, ours and the public ones: each changes a tree or raises. Nothing here runs outside the sandbox."""

import importlib
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._patch.aider_coders import Apply, coder
from benchmarks._patch.values import FORMS, Form

OURS = "regreen"


@dataclass(frozen=True, slots=True)
class Applier:
    """How to get one: `needs` is a program or a module; `load` is called inside the sandbox, once."""

    load: Callable[[], Apply]
    forms: tuple[Form, ...]
    program: str = ""
    module: str = ""


class Refusal(Exception):
    """The applier says that it failed."""


def _ours() -> Apply:
    patch = importlib.import_module("tools.patch")

    def apply(tree: Path, text: str) -> None:
        patch.write(patch.decide(patch.parse_patch(text), tree), tree)

    return apply


def _command(*argv: str) -> Callable[[], Apply]:
    def apply(tree: Path, text: str) -> None:
        done = subprocess.run(argv, cwd=tree, input=text.encode(), capture_output=True)
        if done.returncode:
            raise Refusal((done.stdout + done.stderr).decode("utf-8", "replace"))

    return lambda: apply


def _at_stated_lines() -> Apply:
    """The plainest reading of a parsed diff: each hunk at its own line numbers, if its lines stand there."""
    unidiff = importlib.import_module("unidiff")

    def apply(tree: Path, text: str) -> None:
        results = [_one_file(tree, file) for file in unidiff.PatchSet(text)]
        if not results:
            raise Refusal("no file in the patch")
        for path, lines in results:
            path.unlink() if lines is None else _put(path, "".join(lines))

    return apply


def _one_file(tree: Path, file: Any) -> tuple[Path, list[str] | None]:
    place = tree / file.path
    old = [] if file.is_added_file else place.read_bytes().decode().splitlines(keepends=True)
    new: list[str] = []
    at = 0
    for hunk in file:
        start = max(hunk.source_start - 1, 0)
        source = [line.value for line in hunk if line.line_type in " -"]
        if old[start : start + len(source)] != source:
            raise Refusal(f"{file.path}: no match at line {start + 1}")
        new += [*old[at:start], *(line.value for line in hunk if line.line_type in " +")]
        at = start + len(source)
    return place, None if file.is_removed_file else [*new, *old[at:]]


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _patch_ng() -> Apply:
    patch_ng = importlib.import_module("patch_ng")

    def apply(tree: Path, text: str) -> None:
        found = patch_ng.fromstring(text.encode())
        if not found or not found.apply(strip=0, root=str(tree)):
            raise Refusal("patch_ng returned False")

    return apply


_ENVELOPE = re.compile(r"(?m)^\*\*\* (Update|Add|Delete) File: (.+)\n(?:\*\*\* Move to: (.+)\n)?")


def _agents_sdk() -> Apply:
    """The SDK applies one file's hunks; the envelope around them is split here."""
    apply_diff = importlib.import_module("agents.apply_diff").apply_diff

    def apply(tree: Path, text: str) -> None:
        body = text.partition("*** Begin Patch\n")[2].partition("*** End Patch")[0]
        parts = _ENVELOPE.split(body)[1:]
        if not parts:
            raise Refusal("no *** Begin Patch")
        decided: dict[Path, str | None] = {}
        for kind, name, target, diff in zip(*[iter(parts)] * 4, strict=True):
            place = tree / name
            decided[place] = None
            if kind == "Add":
                # The SDK leaves the last line end to its caller.
                decided[place] = apply_diff("", diff, mode="create") + "\n"
            elif kind == "Update":
                decided[tree / (target or name)] = apply_diff(place.read_bytes().decode(), diff)
        for place, new in decided.items():
            place.unlink() if new is None else _put(place, new)

    return apply


APPLIERS: Mapping[str, Applier] = {
    OURS: Applier(_ours, FORMS),
    "git apply": Applier(_command("git", "apply", "--whitespace=nowarn", "-"), ("unified",), program="git"),
    # What people add when models' diffs are rejected: counts recounted, one line of context, spaces ignored.
    "git apply, lenient": Applier(
        _command("git", "apply", "--whitespace=nowarn", "--recount", "-C1", "--ignore-whitespace", "-"),
        ("unified",),
        program="git",
    ),
    # Rejects and backups would count as a changed tree.
    "GNU patch": Applier(
        _command("patch", "-p1", "--batch", "--no-backup-if-mismatch", "-r", "-"), ("unified",), program="patch"
    ),
    "unidiff, stated lines": Applier(_at_stated_lines, ("unified",), module="unidiff"),
    "patch-ng": Applier(_patch_ng, ("unified",), module="patch_ng"),
    "aider udiff": Applier(coder("udiff_coder", "UnifiedDiffCoder"), ("unified",), module="aider.coders"),
    "Agents SDK apply_diff": Applier(_agents_sdk, ("v4a",), module="agents.apply_diff"),
    "aider patch": Applier(coder("patch_coder", "PatchCoder"), ("v4a",), module="aider.coders"),
    "aider diff": Applier(coder("editblock_coder", "EditBlockCoder"), ("search",), module="aider.coders"),
}
