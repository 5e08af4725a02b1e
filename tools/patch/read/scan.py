"""Finds the files and hunks in what a model wrote: through fences, prose, heredocs, indentation and lax headers.

Unified diffs and the *** Begin Patch format differ only in how they name files, so one scanner reads both.
"""

import re
from collections.abc import Sequence
from functools import cached_property

from tools.errors import PatchError
from tools.patch.read import v4a
from tools.patch.read.headers import check_same, clean_name, git_names, name_one_file, plain_names
from tools.patch.read.prose import label, only_path
from tools.patch.read.sections import TEACH, Numbers, RawHunk, Section, hunk_header
from tools.patch.read.strays import is_indented_header, looks_changed, mixed, stray, truncated

_FENCE = re.compile(r"\s*```+\s*(\w*)")
_FENCE_END = re.compile(r"```+\s*$")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_VERSION = re.compile(r"\d+\.\d+[\w.-]*( \(.*\))?$")
_STOP = re.compile(
    r"@@|diff -|Index: |From [0-9a-f]{40} |Only in |Binary files |GIT binary patch|<{5,9} ?SEARCH\b|"
    r"(?i:\*\*\* ?(?:(?:[a-z]{1,20} ){1,4}(?:File|to) ?:|Move to ?:|Begin Patch|End Patch|End of File))"
)
_EXTENDED = re.compile(
    r"(old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to|index) (.+)"
)
_SINGLE_NAME = ("--- ", "+++ ")
_FOREIGN = (
    (re.compile(r"diff --(cc|combined) |@@@ "), "a combined diff of a merge"),
    (re.compile(r"\*{15}$"), "a context diff"),
)
_BLOCK = re.compile(r"<{5,9} ?SEARCH\b|>{5,9} ?REPLACE\b")


def sections(lines: Sequence[str], *, complete: bool) -> list[Section]:
    """All file sections of a text; what cannot be told apart from a change is refused, never skipped.

    `complete`: the text ends with a line end.
    """
    return _Scanner(lines, complete=complete).scan()


class _Scanner:
    def __init__(self, lines: Sequence[str], *, complete: bool) -> None:
        self._lines = lines
        self._complete = complete
        self._found: list[Section] = []
        self._open: Section | None = None
        self._outer_anchors: tuple[str, ...] = ()
        self._prose_start = 0
        self._in_fence = False
        self._in_diff_fence = False
        self._terminators: set[str] = set()
        self._wants_end = False

    @cached_property
    def _last_of_a_diff(self) -> int:
        marks = (" ", "+", "-", "@@")
        backwards = range(len(self._lines) - 1, -1, -1)
        return next((at for at in backwards if self._lines[at].startswith(marks)), -1)

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
        if v4a.is_instruction(line):
            return self._v4a_section(at)
        return self._outside(line, at)

    def _is_v4a(self) -> bool:
        return bool(self._found) and self._found[0].plain is not None

    def _start(self, section: Section) -> Section:
        if self._found and self._is_v4a() != (section.plain is not None):
            raise mixed(section.line)
        if not self._found:
            self._refuse_lost_start(section.line - 1)
        self._found.append(section)
        self._open = section
        return section

    def _refuse_lost_start(self, first: int) -> None:
        """What looks like a change right above the first file is the end of a hunk whose start was cut off."""
        for at in range(first - 1, -1, -1):
            line = self._lines[at]
            if not line.strip() or _FENCE.match(line):
                return
            if looks_changed(line) and not line.startswith(_SINGLE_NAME):
                raise stray(line, at + 1)

    def _is_pair(self, at: int) -> bool:
        lines = self._lines
        return lines[at].startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ ")

    def _pair_names(self, at: int) -> tuple[str, str]:
        return clean_name(self._lines[at][4:]), clean_name(self._lines[at + 1][4:])

    def _pair(self, at: int) -> int:
        section = self._open
        if section is None or section.names or section.plain or section.hunks:
            section = self._start(Section(at + 1))
        section.names = self._pair_names(at)
        check_same(section.git, section.names, at + 1)
        after = at + 2
        if after < len(self._lines) and self._lines[after][:1] in ("+", "-", " ") and not self._is_pair(after):
            return self._hunk(None, after)
        return after

    def _v4a_section(self, at: int) -> int:
        section, after = v4a.section_at(self._lines, at)
        if self._is_cut(after):
            raise self._truncated(at + 1)
        self._start(section)
        after = self._past_repeated_names(section, after)
        if section.creates:
            return self._new_file(section, after)
        first = next((at for at in range(after, len(self._lines)) if self._lines[at].strip()), len(self._lines))
        if first == len(self._lines) or self._ends_body(first):
            return first
        if section.removes and self._lines[first][:1] not in ("+", "-", " "):
            return first
        return self._hunk(None, first)

    def _past_repeated_names(self, section: Section, at: int) -> int:
        """A --- and +++ pair may say again which file it is."""
        if at >= len(self._lines) or not self._is_pair(at) or not name_one_file(*self._pair_names(at)):
            return at
        stated = set(plain_names(*self._pair_names(at), None)) - {None}
        if not stated <= set(section.plain or ()):
            message = f"patch line {at + 1}: these headers name another file than the line above them"
            raise PatchError("bad-header", message, "write one section for each file", line=at + 1)
        return at + 2

    def _new_file(self, section: Section, start: int) -> int:
        end = v4a.next_mark(self._lines, start)
        content = self._lines[start:end]
        if any(line.startswith(("+", "@@")) for line in content):
            return start if content[0].startswith("@@") else self._hunk(None, start)
        if end is None or v4a.BEGIN.match(self._lines[end]):
            message = f"patch line {start}: neither + nor *** End Patch tells what belongs to the new file"
            raise PatchError("truncated", message, "begin every line of a new file with +", line=start)
        if any(line.strip() for line in content):
            # Written without a single +: all of it is content.
            body = tuple("+" + line if line else line for line in content)
            section.hunks.append(RawHunk(start, None, (), body, last=False, cut=False))
        section.headers["new file mode"] = "100644"
        return end

    def _outside(self, line: str, at: int) -> int:
        fence = _FENCE.match(line)
        if fence:
            self._in_diff_fence = not self._in_fence and fence[1] in ("diff", "patch", "udiff")
            self._in_fence = not self._in_fence
            self._close()
            return at + 1
        if line in self._terminators or self._is_signature(at) or line.startswith("From ") or v4a.WRAPPER.match(line):
            self._open = None
            self._wants_end = bool(v4a.BEGIN.match(line))
            return at + 1
        if v4a.END_OF_FILE.match(line):
            return at + 1
        self._terminators.update(match[2] for match in _HEREDOC.finditer(line))
        if self._stands_nowhere(line) or is_indented_header(line):
            raise stray(line, at + 1)
        if self._open is not None:
            _note_header(self._open, line)
        return at + 1

    def _stands_nowhere(self, line: str) -> bool:
        """A change outside every hunk; above all of them a dash does not make one."""
        if self._open is not None or self._in_diff_fence:
            return line.lstrip().startswith(("+", "-"))
        if self._found:
            return looks_changed(line)
        return line.startswith("+") and not line.startswith(("+ ", *_SINGLE_NAME))

    def _close(self) -> None:
        if self._open is not None and self._open.hunks:
            self._open = None

    def _is_signature(self, at: int) -> bool:
        """The `-- ` and version that end a mailed patch."""
        if self._lines[at].rstrip() != "--":
            return False
        return bool(_VERSION.match(self._lines[at + 1] if at + 1 < len(self._lines) else ""))

    def _is_fence_end(self, at: int) -> bool:
        """A bare fence where one is open, or after which nothing but prose comes; any other is a line of the file."""
        if not _FENCE_END.match(self._lines[at]):
            return False
        return self._in_fence or at > self._last_of_a_diff

    def _hunk(self, header: int | None, start: int) -> int:
        line = start if header is None else header + 1
        section = self._labelled_anew(line) or self._open or self._named_above(line)
        if section is None or not section.names_a_file:
            raise PatchError("no-file", f"patch line {line}: this hunk stands under no file name", TEACH, line=line)
        numbers, anchors = (None, ()) if header is None else hunk_header(self._lines[header])
        anchors = (*self._outer_anchors, *anchors)
        end = self._body_end(start, numbers)
        body = tuple(self._lines[start:end])
        following = self._lines[end] if end < len(self._lines) else None
        if numbers is None and following and following.startswith("@@") and not any(map(str.strip, body)):
            self._outer_anchors = anchors
            return end
        self._outer_anchors = ()
        self._prose_start = end
        cut = self._is_cut(end)
        if cut and section.plain:
            raise self._truncated(line)
        ends_file = bool(following and v4a.END_OF_FILE.match(following))
        section.hunks.append(RawHunk(line, numbers, anchors, body, following is None, cut, ends_file))
        return end + ends_file

    def _is_cut(self, end: int) -> bool:
        """True where the text ends, and not with a line or not with the *** End Patch that belongs to its beginning."""
        return end == len(self._lines) and (not self._complete or self._wants_end)

    def _truncated(self, line: int) -> PatchError:
        return truncated(line, v4a.TEACH, "*** End Patch" if self._wants_end else "")

    def _labelled_anew(self, line: int) -> Section | None:
        """Where prose names the files, it may name the next one right above a hunk."""
        if self._open is None or not self._open.by_prose:
            return None
        above = next((text for text in self._lines[line - 2 :: -1] if text.strip()), "")
        path = None if above[:1] in " +-\\" else label([above])
        if path is None or self._open.names == (path, path):
            return None
        return self._start(Section(line, names=(path, path), by_prose=True))

    def _named_above(self, line: int) -> Section | None:
        """The file that the prose above a hunk without headers names, if it names one only."""
        above = self._lines[self._prose_start : line - 1]
        path = label(above) or only_path(above)
        return self._start(Section(line, names=(path, path), by_prose=True)) if path else None

    def _body_end(self, start: int, numbers: Numbers | None) -> int:
        left = (numbers[1], numbers[3]) if numbers else (-1, -1)
        counted = start
        for at in range(start, len(self._lines)):
            line = self._lines[at]
            if line[:1] in "+ " or (line[0] == "-" and not line.startswith("--")):
                continue
            if self._ends_body(at):
                return at
            if self._is_pair(at):
                left = _less(left, self._lines[counted:at])
                counted = at
                if self._is_header_pair(at, left):
                    return at
        return len(self._lines)

    def _ends_body(self, at: int) -> bool:
        line = self._lines[at]
        return bool(_STOP.match(line) or line in self._terminators or self._is_signature(at) or self._is_fence_end(at))

    def _is_header_pair(self, at: int, left: tuple[int, int]) -> bool:
        """Tell a next file's --- and +++ from a removed `-- x` and an added `++ y`."""
        if (left == (1, 1) or self._is_v4a()) and not name_one_file(*self._pair_names(at)):
            return False
        return left == (0, 0) or "".join(self._lines[at + 2 : at + 3]).startswith("@@")

    def _refuse_foreign(self, line: str, at: int) -> None:
        if _BLOCK.match(line):
            raise mixed(at + 1)
        for pattern, name in _FOREIGN:
            if pattern.match(line):
                message = f"patch line {at + 1}: this is {name}, which is not accepted"
                raise PatchError("unsupported-format", message, TEACH, line=at + 1)


def _less(left: tuple[int, int], body: Sequence[str]) -> tuple[int, int]:
    """What the header's counts leave after some lines of the body."""
    source = sum(not line.startswith(("+", "\\")) for line in body)
    target = sum(not line.startswith(("-", "\\")) for line in body)
    return left[0] - source, left[1] - target


def _note_header(section: Section, line: str) -> None:
    extended = _EXTENDED.match(line)
    if extended:
        section.headers[extended[1]] = extended[2].strip()
    elif line.startswith(("Binary files ", "GIT binary patch")):
        section.binary = True
