"""What a text says of one file and its hunks, as written: nothing is read from it yet."""

import re
from dataclasses import dataclass, field

TEACH = "write a unified diff: --- a/path, +++ b/path, @@ ... @@, then lines that begin with a space, + or -"

Numbers = tuple[int, int, int, int]

_NUMBERS = re.compile(r"@@\s*-\s*(\d{1,9})(?:,(\d{1,9}))?\s+\+\s*(\d{1,9})(?:,(\d{1,9}))?(?:\s*@@|\s|$)(?P<section>.*)")
_ANCHOR = re.compile(r"@@(?P<inner>.*?)(?:@@(?P<section>.*))?$")
_FILLER = re.compile(r"[-+.…,\d\s]*")


@dataclass(frozen=True, slots=True)
class RawHunk:
    """A hunk as written: `numbers` are the header's starts and lengths (hints), `anchors` go from the outermost in.

    `last`: the text ends in this hunk; `cut`: and it does so without a line end.
    `ends_file`: its last source line is the last of the file.
    """

    line: int
    numbers: Numbers | None
    anchors: tuple[str, ...]
    body: tuple[str, ...]
    last: bool
    cut: bool
    ends_file: bool = False


@dataclass(slots=True)
class Section:
    """One file of the patch as its headers describe it; `headers` are git's extended ones.

    `git` and `names` carry prefixes and /dev/null, `plain` carries neither: None is no file.
    `by_prose`: no header names it.
    """

    line: int
    git: tuple[str, str] | None = None
    names: tuple[str, str] | None = None
    plain: tuple[str | None, str | None] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    by_prose: bool = False
    binary: bool = False
    hunks: list[RawHunk] = field(default_factory=list)

    @property
    def creates(self) -> bool:
        """True where a `plain` header says that there was no file."""
        return self.plain is not None and self.plain[0] is None

    @property
    def removes(self) -> bool:
        """True where a `plain` header says that no file stays."""
        return self.plain is not None and self.plain[1] is None

    @property
    def names_a_file(self) -> bool:
        """True once a header that could be read has named the file."""
        return (self.names or self.git or self.plain) is not None


def hunk_header(line: str) -> tuple[Numbers | None, tuple[str, ...]]:
    """The numbers of an @@ line, if it has usable ones, and its anchors from the outermost in."""
    numbered = _NUMBERS.match(line)
    if numbered:
        numbers = (int(numbered[1]), int(numbered[2] or 1), int(numbered[3]), int(numbered[4] or 1))
        return numbers, _anchors(numbered["section"])
    anchor = _ANCHOR.match(line)
    if anchor is None:
        return None, ()
    inner = "" if _FILLER.fullmatch(anchor["inner"]) else anchor["inner"]
    return None, _anchors(inner, anchor["section"] or "")


def _anchors(*texts: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts if text.strip())
