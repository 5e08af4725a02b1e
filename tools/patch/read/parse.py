"""Text to FilePatch values: the format found, the files and hunks in it mended, then checked for sense."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from tools.errors import PatchError
from tools.patch.read import search_replace
from tools.patch.read.body import Body, mended
from tools.patch.read.headers import clean_name, plain_names
from tools.patch.read.scan import sections
from tools.patch.read.sections import TEACH, RawHunk, Section
from tools.patch.types import BOM, FilePatch, Hunk, Line, encode

SPECIAL_MODES = ("120000", "160000")
# The name git gives to no content at all, as far as it is ever shortened.
EMPTY_BLOB = "e69de29"
_KINDS: Mapping[str, Literal[" ", "+", "-"]] = {" ": " ", "+": "+", "-": "-"}
_MODE_HEADERS = ("old mode", "new mode", "new file mode", "deleted file mode")
_MARK = re.compile(
    r"^(?P<margin>[ \t]*)(?:(?P<block><{5,9} ?SEARCH\b)|\*\*\* ?\w+ File ?:|(?P<unified>--- |diff --git ))",
    re.MULTILINE,
)
_UNIFIED = ("--- ", "diff --git ")
_HEADERS = (*_UNIFIED, "+++ ", "*** ", "<<<<<")


def parse_patch(text: str) -> tuple[FilePatch, ...]:
    """Read a unified diff, a *** Begin Patch text or SEARCH/REPLACE blocks; anything unclear is a PatchError."""
    try:
        encode(text)
    except UnicodeEncodeError as error:
        raise PatchError("bad-text", "the patch holds characters that have no bytes", "send plain UTF-8") from error
    text = text.removeprefix(BOM)  # some editors begin every text with one
    lines = _lines(text)
    margin, in_blocks = _layout(text, lines)
    if in_blocks:
        return search_replace.file_patches(lines)
    found = sections([line.removeprefix(margin) for line in lines] if margin else lines, complete=text.endswith("\n"))
    if not found:
        raise PatchError("no-diff", "there is no diff in this text", TEACH)
    return tuple(_file_patch(section) for section in found)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    # A carriage return after a header came with the transport, not from the file.
    if "\r" in text and any(line.endswith("\r") and line.lstrip().startswith(_HEADERS) for line in lines):
        return [line.removesuffix("\r") for line in lines]
    return lines


def _layout(text: str, lines: Sequence[str]) -> tuple[str, bool]:
    """What the whole patch is indented by, and whether it is made of SEARCH/REPLACE blocks."""
    if "*** " not in text and "<<<<<" not in text and any(line.startswith(_UNIFIED) for line in lines):
        return "", False
    # A mark at the margin outweighs an indented one, which may be a line of a hunk.
    marks = _MARK.finditer(text)
    first = min(marks, key=lambda mark: (mark["margin"] != "", mark["unified"] == mark[0]), default=None)
    return (first["margin"], first["block"] is not None) if first else ("", False)


def _file_patch(section: Section) -> FilePatch:
    source, target = _names(section)
    blank: Literal[" ", "+", "-"] = "+" if source is None else "-" if target is None else " "
    bodies = [mended(raw, blank) for raw in section.hunks]
    for raw, body in zip(section.hunks, bodies, strict=True):
        _refuse_pointless(raw, body, blank)
    source_mode, target_mode = _modes(section, creates=source is None, deletes=target is None)
    hunks = tuple(_hunk(raw, body) for raw, body in zip(section.hunks, bodies, strict=True))
    patch = FilePatch(source, target, hunks, source_mode, target_mode, section.binary)
    _refuse_empty(section, patch)
    return patch


def _names(section: Section) -> tuple[str | None, str | None]:
    if section.plain:
        return section.plain
    headers = section.headers
    if "copy from" in headers or "copy to" in headers:
        message = f"patch line {section.line}: copying files is not accepted"
        raise PatchError("unsupported-format", message, "create the new file with its whole content", line=section.line)
    if "rename from" in headers and "rename to" in headers:
        return clean_name(headers["rename from"]), clean_name(headers["rename to"])
    stated = section.names or section.git
    source, target = plain_names(*stated, section.git) if stated else (None, None)
    source = None if "new file mode" in headers else source
    target = None if "deleted file mode" in headers else target
    if source is None and target is None:
        raise PatchError("bad-header", f"patch line {section.line}: no file is named", TEACH, line=section.line)
    if None not in (source, target) and source != target:
        message = f"patch line {section.line}: the headers name two files, {source} and {target}"
        hint = "give both lines the same path; a move needs `rename from` and `rename to`"
        raise PatchError("bad-header", message, hint, line=section.line)
    return source, target


def _modes(section: Section, *, creates: bool, deletes: bool) -> tuple[str | None, str | None]:
    """Modes as (old, new); an index line's mode only where it is a special one, else it changes nothing."""
    old, new, created, deleted = (section.headers.get(name) for name in _MODE_HEADERS)
    stated = section.headers.get("index", "").rpartition(" ")[2]
    special = stated if stated in SPECIAL_MODES else None
    # A plain header removes whatever the file holds and is: it has seen neither.
    old_mode = special or deleted or old or ("100644" if deletes and not section.removes else None)
    new_mode = special or created or new or ("100644" if creates else None)
    return None if creates else old_mode, None if deletes else new_mode


def _refuse_pointless(raw: RawHunk, body: Body, blank: str) -> None:
    kinds = {line[0] for line in body.lines}
    if not kinds & {"+", "-"}:
        message = f"patch line {raw.line}: this hunk changes nothing"
        raise PatchError("no-change", message, "mark removed lines with - and added ones with +", line=raw.line)
    if blank != " " and kinds - {blank, "\\"}:
        what = "new" if blank == "+" else "removed"
        message = f"patch line {raw.line}: in a {what} file every line begins with {blank}"
        raise PatchError("malformed", message, TEACH, line=raw.line)


def _hunk(raw: RawHunk, body: Body) -> Hunk:
    lines: list[Line] = []
    for line in body.lines:
        if line[0] == "\\":
            lines[-1] = Line(lines[-1].line_type, lines[-1].value.removesuffix("\n"))
        else:
            lines.append(Line(_KINDS[line[0]], line[1:] + "\n"))
    starts, lengths = _starts(raw, body), (body.source_length, body.target_length)
    inner = raw.anchors[-1] if raw.anchors else ""
    return Hunk(starts[0], lengths[0], starts[1], lengths[1], inner, tuple(lines), raw.anchors[:-1], raw.ends_file)


def _starts(raw: RawHunk, body: Body) -> tuple[int | None, int | None]:
    """The header's starts, where they can be true."""
    if raw.numbers is None or (raw.numbers[0] == 0 and body.source_length):
        return None, None
    source_start, target_start = raw.numbers[0], raw.numbers[2]
    if target_start == 0 and body.target_length:
        return source_start, source_start or 1
    return source_start, target_start


def _says_enough(section: Section, patch: FilePatch) -> bool:
    """True for a section that needs no hunk: a move, a mode, a file that is empty."""
    if patch.is_rename or patch.is_binary_file or section.removes:
        return True
    is_empty_file = None in (patch.source_file, patch.target_file)
    if section.names or (is_empty_file and EMPTY_BLOB not in section.headers.get("index", EMPTY_BLOB)):
        return False
    return bool(section.headers.keys() & set(_MODE_HEADERS))


def _refuse_empty(section: Section, patch: FilePatch) -> None:
    if patch.hunks and all(hunk.source == hunk.target for hunk in patch.hunks):
        message = f"{patch.path}: every removed line is added again unchanged"
        raise PatchError("no-change", message, "send the lines as they should become", patch.path)
    if not patch.hunks and not _says_enough(section, patch):
        raise PatchError("no-hunks", f"{patch.path}: the patch names this file but holds no hunk for it", TEACH)
