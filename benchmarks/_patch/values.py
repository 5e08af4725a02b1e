"""The values of the patch benchmark: a true change, as a patch quotes it, and the case made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Category = Literal["enough", "may_refuse", "must_refuse"]
Form = Literal["unified", "v4a", "search"]
Anchors = Literal["none", "one", "stacked", "short", "wrong"]
FORMS: tuple[Form, ...] = ("unified", "v4a", "search")


class Quoted(NamedTuple):
    """One hunk line as the patch shows it; `origin` is its 0-based line in the case's old file, None for added ones."""

    mark: Literal[" ", "-", "+"]
    text: str
    origin: int | None


@dataclass(frozen=True, slots=True)
class Hunk:
    """A block of changes; `start` and `new_start` are the 0-based lines the patch states, `at` is where it belongs."""

    start: int
    new_start: int
    at: int
    lines: tuple[Quoted, ...]
    section: str
    scope: tuple[str, ...]

    @property
    def source(self) -> list[Quoted]:
        """The lines it expects in the file."""
        return [line for line in self.lines if line.mark != "+"]

    @property
    def target(self) -> list[Quoted]:
        """The lines it leaves there."""
        return [line for line in self.lines if line.mark != "-"]


@dataclass(frozen=True, slots=True)
class FileDraft:
    """The change of one file; lines carry no line ends, `ends` says whether the last one has it."""

    old_path: str | None
    new_path: str | None
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    hunks: tuple[Hunk, ...] = ()
    ends: bool = True
    crlf: bool = False
    bom: bool = False
    others: tuple[str, ...] = ()
    """The old file's text in commits nearby."""

    @property
    def path(self) -> str:
        """The name it has afterwards, or had when it is removed."""
        return self.new_path or self.old_path or ""

    @property
    def is_edit(self) -> bool:
        """True when the file is there before and after, under one name."""
        return self.old_path == self.new_path

    def encoded(self, lines: Sequence[str]) -> bytes:
        """The bytes of one side."""
        end = "\r\n" if self.crlf else "\n"
        text = end.join(lines) + (end if lines and self.ends else "")
        return ("\ufeff" * self.bom + text).encode()


@dataclass(frozen=True, slots=True)
class Style:
    """How the patch is written, apart from its lines."""

    git: bool = True
    prefixes: bool = True
    name: Literal["full", "base", "dot", "prose"] = "full"
    header: Literal["numbers", "bare", "dots", "function"] = "numbers"
    anchors: Anchors = "none"


@dataclass(frozen=True, slots=True)
class Draft:
    """A patch before it is text, with the tree it is for; `links` are symbolic, `outside` lies beside the tree."""

    files: tuple[FileDraft, ...]
    siblings: Mapping[str, bytes]
    style: Style
    links: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, bytes] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Names the patch uses in place of the true ones."""

    def shown(self, path: str) -> str:
        """The name as the patch writes it."""
        path = self.renamed.get(path, path)
        return {"base": path.rpartition("/")[2], "dot": f"./{path}"}.get(self.style.name, path)


@dataclass(frozen=True, slots=True)
class Case:
    """A patch, the tree it is given, and the tree that is right; what must be refused has no right tree but the old."""

    name: str
    form: Form
    damage: str
    category: Category
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    patch: str
    spaces: bool
    """True when spaces at the ends of lines, and the last line end, do not count."""
    links: Mapping[str, str]
    outside: Mapping[str, bytes]
