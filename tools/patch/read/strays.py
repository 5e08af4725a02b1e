"""Lines that look like a change where none can stand, and the refusals for them: nothing is dropped without a word."""

import re

from tools.errors import PatchError
from tools.patch.read.sections import TEACH

_CHANGE = re.compile(r"\+|-(?!-+$| \S)\s*\S")
_INDENTED_HEADER = re.compile(r"[ \t]+(?:diff --git |\+\+\+ |@@ |<{5,9} ?SEARCH\b|\*\*\* ?\w+ File ?:)")


def looks_changed(line: str) -> bool:
    """A line of prose that could as well be a change; a dash and one space are a list item."""
    return bool(_CHANGE.match(line))


def is_indented_header(line: str) -> bool:
    """The start of a patch inside a list or a quotation."""
    return bool(_INDENTED_HEADER.match(line))


def stray(text: str, line: int, hint: str = TEACH) -> PatchError:
    """The refusal of a change that stands nowhere."""
    message = f"patch line {line} looks like a change but stands in no hunk: {text[:80]}"
    return PatchError("malformed", message, hint, line=line)


def mixed(line: int) -> PatchError:
    """The refusal of a text in two formats."""
    message = f"patch line {line}: here the text goes on in another patch format"
    return PatchError("malformed", message, "write the whole patch in one format", line=line)


def truncated(line: int, hint: str, missing: str = "") -> PatchError:
    """The refusal of what begins at a line and has no end; `missing` is the line that would end it."""
    lacks = f"; {missing} is missing" if missing else ""
    return PatchError("truncated", f"patch line {line}: the text ends in what begins here{lacks}", hint, line=line)
