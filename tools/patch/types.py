"""The values of the patch engine, named as unidiff names them."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import Literal, Self

from tools.errors import PatchError
from tools.text import decode as decode
from tools.text import encode as encode

BOM = "\ufeff"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Line:
    """One hunk line; `value` keeps its line end, which only a file's last line can lack."""

    line_type: Literal[" ", "+", "-"]
    value: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """One block of changes; starts are 1-based lines, None where the header gave no usable numbers.

    `outer_headers` are the anchors around `section_header`, outermost first.
    `ends_file`: the last source line is the last of the file.
    """

    source_start: int | None
    source_length: int
    target_start: int | None
    target_length: int
    section_header: str
    lines: tuple[Line, ...]
    outer_headers: tuple[str, ...] = ()
    ends_file: bool = False

    @property
    def source(self) -> list[str]:
        """The lines the hunk expects in the file."""
        return [line.value for line in self.lines if line.line_type != "+"]

    @property
    def target(self) -> list[str]:
        """The lines the hunk leaves in the file."""
        return [line.value for line in self.lines if line.line_type != "-"]


@dataclass(frozen=True, slots=True)
class FilePatch:
    """The change of one file; names carry no a/ b/ prefix, None is /dev/null, modes are git's ("100755").

    A removal with neither hunks nor a mode removes the file whatever it holds.
    """

    source_file: str | None
    target_file: str | None
    hunks: tuple[Hunk, ...] = ()
    source_mode: str | None = None
    target_mode: str | None = None
    is_binary_file: bool = False

    @property
    def path(self) -> str:
        """The name the file ends up with, or had when it is removed."""
        return self.target_file or self.source_file or ""

    @property
    def is_rename(self) -> bool:
        """True when the file moves."""
        return None not in (self.source_file, self.target_file) and self.source_file != self.target_file


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a hunk (counted from 1) fits: first line in the old file, the rule that matched, lines off its header."""

    path: str
    hunk: int
    start: int
    rule: str
    drift: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A splice of one file: the characters from `start` up to `end` of its decoded text become `text`."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A decided file: bytes before (None: created) and after (None: deleted), permission bits, hunk placements."""

    path: str
    before: bytes | None
    after: bytes | None
    mode: int
    placements: tuple[Placement, ...] = ()
    source_mode: int | None = None
    """Permission bits before, where the change alters them."""
    moved_from: str | None = None
    """Where the file was, for the new place of one that moves; another change removes it there."""

    def reversed(self) -> Self:
        """The change that takes this one back."""
        mode = self.mode if self.source_mode is None else self.source_mode
        source_mode = None if self.source_mode is None else self.mode
        return replace(self, before=self.after, after=self.before, mode=mode, source_mode=source_mode)


def apply_edit(text: str, edit: Edit) -> str:
    """Return `text` with the splice done; a span outside the text is a PatchError."""
    if not 0 <= edit.start <= edit.end <= len(text):
        span = f"{edit.start}:{edit.end}"
        raise PatchError("bad-span", f"{edit.path}: characters {span} lie outside its {len(text)}", path=edit.path)
    return text[: edit.start] + edit.text + text[edit.end :]


def decode_patch(data: bytes) -> str:
    """The text of a patch file; some shells write what a command prints as UTF-16."""
    try:
        return data.decode("utf-16") if data.startswith(UTF16_MARKS) else decode(data)
    except UnicodeDecodeError:
        return decode(data)


def split_lines(text: str) -> list[str]:
    """Lines with their ends, split on the line feed only, so that a carriage return stays in its line."""
    lines = text.splitlines(keepends=True)
    if len(lines) == text.count("\n") + (text[-1:] not in ("", "\n")):  # no other character ended a line
        return lines
    return StringIO(text, newline="\n").readlines()


def numbered(lines: Sequence[str], first: int) -> str:
    """Lines as a reader sees them, each with its number."""
    return "\n".join(f"{number:5} | {line.rstrip()[:160]}" for number, line in enumerate(lines, first))
