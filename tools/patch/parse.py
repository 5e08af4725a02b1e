"""Text to FilePatch values: mended first, then read by unidiff from canonical text, then checked for loss."""

from collections.abc import Sequence
from typing import Literal

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as UnidiffHunk
from unidiff.patch import PatchSet

from tools.errors import PatchError
from tools.patch.body import Body, mended
from tools.patch.headers import clean_name, plain_names
from tools.patch.mend import TEACH, RawHunk, Section, sections
from tools.patch.types import FilePatch, Hunk, Line, encode

SPECIAL_MODES = ("120000", "160000")
# The name git gives to no content at all, as far as it is ever shortened.
EMPTY_BLOB = "e69de29"
_MODE_HEADERS = ("old mode", "new mode", "new file mode", "deleted file mode")


def parse_patch(text: str) -> tuple[FilePatch, ...]:
    """Read a unified diff out of `text`; nothing found, nothing changed or anything unclear is a PatchError."""
    try:
        encode(text)
    except UnicodeEncodeError as error:
        raise PatchError("bad-text", "the patch holds characters that have no bytes", "send plain UTF-8") from error
    found = sections(text)
    if not found:
        raise PatchError("no-diff", "there is no diff in this text", TEACH)
    return tuple(_file_patch(section) for section in found)


def _file_patch(section: Section) -> FilePatch:
    source, target = _names(section)
    blank: Literal[" ", "+", "-"] = "+" if source is None else "-" if target is None else " "
    bodies = [mended(raw, blank) for raw in section.hunks]
    for raw, body in zip(section.hunks, bodies, strict=True):
        _refuse_pointless(raw, body, blank)
    source_mode, target_mode = _modes(section, creates=source is None, deletes=target is None)
    patch = FilePatch(source, target, _read(section.hunks, bodies), source_mode, target_mode, section.binary)
    _refuse_empty(section, patch)
    return patch


def _names(section: Section) -> tuple[str | None, str | None]:
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
    old_mode = special or deleted or old or ("100644" if deletes else None)
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


def _read(raws: Sequence[RawHunk], bodies: Sequence[Body]) -> tuple[Hunk, ...]:
    if not raws:
        return ()
    blocks = "".join(_canonical(raw, body) for raw, body in zip(raws, bodies, strict=True))
    try:
        patched = PatchSet(f"--- a/file\n+++ b/file\n{blocks}")
    except UnidiffParseError as error:
        raise PatchError("malformed", f"patch line {raws[0].line}: {error}", TEACH, line=raws[0].line) from error
    hunks = tuple(_hunk(found) for files in patched for found in files)
    # unidiff drops lines and hunks without a word; nothing may get lost here.
    kept = [(hunk.source_length, hunk.target_length, len(hunk.source), len(hunk.target)) for hunk in hunks]
    if kept != [(body.source_length, body.target_length) * 2 for body in bodies]:
        raise PatchError("malformed", f"patch line {raws[0].line}: lines got lost", TEACH, line=raws[0].line)
    return hunks


def _canonical(raw: RawHunk, body: Body) -> str:
    """The hunk with true counts; an unknown start is written as 0 with a length above 0."""
    source_start, target_start = _starts(raw, body)
    ranges = f"-{source_start},{body.source_length} +{target_start},{body.target_length}"
    return "\n".join([f"@@ {ranges} @@ {raw.section}", *body.lines, ""])


def _starts(raw: RawHunk, body: Body) -> tuple[int, int]:
    if raw.numbers is None:
        return 0, 0
    source_start, target_start = raw.numbers[0], raw.numbers[2]
    if source_start == 0 and body.source_length:
        return 0, 0
    if target_start == 0 and body.target_length:
        return source_start, source_start or 1
    return source_start, target_start


def _hunk(found: UnidiffHunk) -> Hunk:
    lines: list[Line] = []
    for line in found:
        if line.line_type == "\\":
            lines[-1] = Line(lines[-1].line_type, lines[-1].value.removesuffix("\n"))
        elif line.is_context or line.is_added or line.is_removed:
            lines.append(Line(" " if line.is_context else "+" if line.is_added else "-", line.value))
    unknown = (found.source_start == 0 < found.source_length) or (found.target_start == 0 < found.target_length)
    starts = (None, None) if unknown else (found.source_start, found.target_start)
    return Hunk(starts[0], found.source_length, starts[1], found.target_length, found.section_header, tuple(lines))


def _says_enough(section: Section, patch: FilePatch) -> bool:
    """True for a section that needs no hunk: a move, a mode, a file that is empty."""
    if patch.is_rename or patch.is_binary_file:
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
