"""The headers of the format between `*** Begin Patch` and `*** End Patch`; its hunks are those of a unified diff."""

import re
from collections.abc import Sequence

from tools.errors import PatchError
from tools.patch.read.headers import clean_name
from tools.patch.read.sections import Section

TEACH = "write *** Begin Patch, *** Update File: path, @@ with a line above, lines with a space, + or -, *** End Patch"

FILE_HEADER = re.compile(r"\*\*\* ?(?P<action>Update|Add|Delete) File ?:(?P<name>.*)", re.IGNORECASE)
END_OF_FILE = re.compile(r"\*\*\* ?End of File", re.IGNORECASE)
BEGIN = re.compile(r"\*\*\* ?Begin Patch", re.IGNORECASE)
WRAPPER = re.compile(r"\*\*\* ?(?:Begin|End) Patch", re.IGNORECASE)
_MOVE = re.compile(r"\*\*\* ?Move to ?:(?P<name>.*)", re.IGNORECASE)
_INSTRUCTION = re.compile(r"\*\*\* ?(?:[A-Za-z]{1,20} ){1,4}(?:File|to) ?:", re.IGNORECASE)


def section_at(lines: Sequence[str], at: int) -> tuple[Section, int]:
    """The section whose `*** … File:` line stands at a place, and the place after its headers."""
    header = FILE_HEADER.match(lines[at])
    if header is None:
        message = f"patch line {at + 1}: this instruction is not known or stands in no file: {lines[at][:80]}"
        raise PatchError("malformed", message, TEACH, line=at + 1)
    name, action = _name(header["name"], at), header["action"].lower()
    if action == "add":
        return Section(at + 1, plain=(None, name)), at + 1
    if action == "delete":
        return Section(at + 1, plain=(name, None)), at + 1
    move = _MOVE.match(lines[at + 1]) if at + 1 < len(lines) else None
    if move is None:
        return Section(at + 1, plain=(name, name)), at + 1
    return Section(at + 1, plain=(name, _name(move["name"], at + 1))), at + 2


def is_instruction(line: str) -> bool:
    """True for a line that tells what to do with a file, in these words or in words of its own."""
    return line.startswith("***") and bool(_INSTRUCTION.match(line))


def next_mark(lines: Sequence[str], start: int) -> int | None:
    """The place of the next `*** … File:`, Begin or End line; None when none follows."""
    rest = range(start, len(lines))
    return next((at for at in rest if WRAPPER.match(lines[at]) or FILE_HEADER.match(lines[at])), None)


def _name(written: str, at: int) -> str:
    name = clean_name(written.strip().strip("`"))
    if not name:
        raise PatchError("bad-header", f"patch line {at + 1}: no file is named", TEACH, line=at + 1)
    return name
