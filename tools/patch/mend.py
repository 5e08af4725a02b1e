"""Finds the files and hunks in what a model wrote: through fences, prose, heredocs, indentation and lax headers."""

import re
from dataclasses import dataclass, field

from tools.errors import PatchError
from tools.patch.headers import check_same, clean_name, git_names, name_one_file

TEACH = "write a unified diff: --- a/path, +++ b/path, @@ ... @@, then lines that begin with a space, + or -"

_FENCE = re.compile(r"\s*```+\s*(\w*)")
_FENCE_END = re.compile(r"```+\s*$")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_NUMBERS = re.compile(r"@@\s*-\s*(\d{1,9})(?:,(\d{1,9}))?\s+\+\s*(\d{1,9})(?:,(\d{1,9}))?(?:\s*@@|\s|$)(?P<section>.*)")
_ANCHOR = re.compile(r"@@(?P<inner>.*?)(?:@@(?P<section>.*))?$")
_VERSION = re.compile(r"\d+\.\d+[\w.-]*( \(.*\))?$")
_STOP = re.compile(r"@@|diff -|Index: |From [0-9a-f]{40} |Only in |Binary files |GIT binary patch|\*\*\* End Patch")
_EXTENDED = re.compile(
    r"(old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to|index) (.+)"
)
_LOST_CHANGE = re.compile(r"\+|-(?!-+$| \S)\s*\S")
_INDENTED = re.compile(r"([ \t]+)(?:--- |diff --git )")
_FOREIGN = (
    (re.compile(r"\*\*\* (Update|Add|Delete) File: "), "the *** Begin Patch format"),
    (re.compile(r"<{5,9} ?SEARCH"), "SEARCH/REPLACE blocks"),
    (re.compile(r"diff --(cc|combined) |@@@ "), "a combined diff of a merge"),
    (re.compile(r"\*{15}$"), "a context diff"),
)


@dataclass(frozen=True, slots=True)
class RawHunk:
    """A hunk as written: `numbers` are the header's starts and lengths (hints).

    `last`: the text ends in this hunk; `cut`: and it does so without a line end.
    """

    line: int
    numbers: tuple[int, int, int, int] | None
    section: str
    body: tuple[str, ...]
    last: bool
    cut: bool


@dataclass(slots=True)
class Section:
    """One file of the patch as its headers describe it; `headers` are git's extended ones."""

    line: int
    git: tuple[str, str] | None = None
    names: tuple[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    binary: bool = False
    hunks: list[RawHunk] = field(default_factory=list)


def sections(text: str) -> list[Section]:
    """All file sections of a text; what cannot be told apart from a change is refused, never skipped."""
    return _Scanner(_dedented(_text_lines(text)), complete=text.endswith("\n")).scan()


def _text_lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    # A carriage return after a header came with the transport, not from the file.
    if any(line.startswith(("+++ ", "diff --git ")) and line.endswith("\r") for line in lines):
        return [line.removesuffix("\r") for line in lines]
    return lines


def _dedented(lines: list[str]) -> list[str]:
    if any(line.startswith(("--- ", "diff --git ")) for line in lines):
        return lines
    margin = next((match[1] for line in lines if (match := _INDENTED.match(line))), "")
    return [line.removeprefix(margin) for line in lines]


class _Scanner:
    def __init__(self, lines: list[str], *, complete: bool) -> None:
        self._lines = lines
        self._complete = complete
        self._found: list[Section] = []
        self._open: Section | None = None
        marks = (" ", "+", "-", "@@")
        self._last_of_a_diff = max((at for at, line in enumerate(lines) if line.startswith(marks)), default=-1)
        self._in_fence = False
        self._in_diff_fence = False
        self._terminators: set[str] = set()

    def scan(self) -> list[Section]:
        at = 0
        while at < len(self._lines):
            at = self._step(at)
        return self._found

    def _step(self, at: int) -> int:
        line = self._lines[at]
        self._refuse_foreign(line, at)
        if line.startswith("diff --git "):
            self._start(Section(at + 1, git=git_names(line.removeprefix("diff --git "))))
            return at + 1
        if self._is_pair(at):
            return self._pair(at)
        if line.startswith("@@"):
            return self._hunk(at, at + 1)
        return self._outside(line, at)

    def _start(self, section: Section) -> Section:
        self._found.append(section)
        self._open = section
        return section

    def _is_pair(self, at: int) -> bool:
        lines = self._lines
        return lines[at].startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ ")

    def _pair(self, at: int) -> int:
        section = self._open
        if section is None or section.names or section.hunks:
            section = self._start(Section(at + 1))
        section.names = (clean_name(self._lines[at][4:]), clean_name(self._lines[at + 1][4:]))
        check_same(section.git, section.names, at + 1)
        after = at + 2
        if after < len(self._lines) and self._lines[after][:1] in ("+", "-", " ") and not self._is_pair(after):
            return self._hunk(None, after)
        return after

    def _outside(self, line: str, at: int) -> int:
        fence = _FENCE.match(line)
        if fence:
            self._in_diff_fence = not self._in_fence and fence[1] in ("diff", "patch", "udiff")
            self._in_fence = not self._in_fence
            self._close()
            return at + 1
        if line in self._terminators or self._is_signature(at) or line.startswith(("*** End Patch", "From ")):
            self._open = None
            return at + 1
        self._terminators.update(match[2] for match in _HEREDOC.finditer(line))
        if self._looks_lost(line):
            message = f"patch line {at + 1} looks like a change but stands in no hunk: {line[:80]}"
            raise PatchError("malformed", message, TEACH, line=at + 1)
        if self._open is not None:
            _note_header(self._open, line)
        return at + 1

    def _looks_lost(self, line: str) -> bool:
        """A change outside every hunk; after a closed fence a dash and one space are a list item, not a change."""
        if self._open is not None or self._in_diff_fence:
            return line.startswith(("+", "-"))
        return bool(self._found and _LOST_CHANGE.match(line))

    def _close(self) -> None:
        if self._open is not None and self._open.hunks:
            self._open = None

    def _is_signature(self, at: int) -> bool:
        """The `-- ` and version that end a mailed patch."""
        following = self._lines[at + 1] if at + 1 < len(self._lines) else ""
        return self._lines[at].rstrip() == "--" and bool(_VERSION.match(following))

    def _is_fence_end(self, at: int) -> bool:
        """A bare fence where one is open, or after which nothing but prose comes; any other is a line of the file."""
        if not _FENCE_END.match(self._lines[at]):
            return False
        return self._in_fence or at > self._last_of_a_diff

    def _hunk(self, header: int | None, start: int) -> int:
        line = start if header is None else header + 1
        if self._open is None or (self._open.names or self._open.git) is None:
            raise PatchError("no-file", f"patch line {line}: this hunk stands under no file name", TEACH, line=line)
        numbers, section = (None, "") if header is None else _header(self._lines[header])
        end = self._body_end(start, numbers)
        last = end == len(self._lines)
        body = tuple(self._lines[start:end])
        stacked_anchor = not body and numbers is None and end < len(self._lines) and self._lines[end].startswith("@@")
        if not stacked_anchor:
            self._open.hunks.append(RawHunk(line, numbers, section, body, last, last and not self._complete))
        return end

    def _body_end(self, start: int, numbers: tuple[int, int, int, int] | None) -> int:
        source_left, target_left = (numbers[1], numbers[3]) if numbers else (-1, -1)
        for at in range(start, len(self._lines)):
            line = self._lines[at]
            if _STOP.match(line) or line in self._terminators or self._is_signature(at) or self._is_fence_end(at):
                return at
            if self._is_pair(at) and self._is_header_pair(at, (source_left, target_left)):
                return at
            source_left -= not line.startswith(("+", "\\"))
            target_left -= not line.startswith(("-", "\\"))
        return len(self._lines)

    def _is_header_pair(self, at: int, left: tuple[int, int]) -> bool:
        """Tell a next file's --- and +++ from a removed `-- x` and an added `++ y`."""
        source, target = clean_name(self._lines[at][4:]), clean_name(self._lines[at + 1][4:])
        if left == (1, 1) and not name_one_file(source, target):
            return False
        return left == (0, 0) or "".join(self._lines[at + 2 : at + 3]).startswith("@@")

    def _refuse_foreign(self, line: str, at: int) -> None:
        for pattern, name in _FOREIGN:
            if pattern.match(line):
                message = f"patch line {at + 1}: this is {name}, which is not accepted"
                raise PatchError("unsupported-format", message, TEACH, line=at + 1)


def _header(line: str) -> tuple[tuple[int, int, int, int] | None, str]:
    numbered = _NUMBERS.match(line)
    if numbered:
        starts_and_lengths = (int(numbered[1]), int(numbered[2] or 1), int(numbered[3]), int(numbered[4] or 1))
        return starts_and_lengths, numbered["section"].strip()
    anchor = _ANCHOR.match(line)
    inner, section = (anchor["inner"].strip(), (anchor["section"] or "").strip()) if anchor else ("", "")
    return None, section or ("" if re.fullmatch(r"[-+.…,\d\s]*", inner) else inner)


def _note_header(section: Section, line: str) -> None:
    extended = _EXTENDED.match(line)
    if extended:
        section.headers[extended[1]] = extended[2].strip()
    elif line.startswith(("Binary files ", "GIT binary patch")):
        section.binary = True
