"""Reads SEARCH/REPLACE blocks: a path, <<<<<<< SEARCH, lines, =======, what they become, >>>>>>> REPLACE."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.difference import Opcode, common_ends, opcodes
from tools.errors import PatchError
from tools.patch.read import v4a
from tools.patch.read.prose import label, mentions
from tools.patch.read.strays import looks_changed, mixed, stray, truncated
from tools.patch.types import FilePatch, Hunk, Line

# So many lines of ===== are no headings, and would take long to weigh against one another.
MOST_RULES = 100
LONGEST_COMPARED = 1000
TEACH = "write the path, <<<<<<< SEARCH, exact lines of the file, =======, what they become, >>>>>>> REPLACE"

_OPENING = re.compile(r"(?P<margin>[ \t]*)(?P<mark><{5,9}) ?SEARCH\b:?(?P<path>.*)$")
_END_MARK = re.compile(r"(?P<mark>>{5,9})(?P<word> ?(?:REPLACE|UPDATED))?\s*$")
_STRAY = re.compile(r"\s*(?:>{5,9}(?:\s|$|REPLACE)|<{5,9}(?:\s|$)|-{5,9} ?SEARCH|\+{5,9} ?REPLACE)")
_OTHER_FORMAT = re.compile(r"diff --git |@@ |@@$|\+\+\+ \S")


@dataclass(frozen=True, slots=True)
class _Block:
    """A block as written: its place in the text, the lines of its two sides, and the lines above it."""

    line: int
    path: str
    above: Sequence[str]
    search: Sequence[str]
    replace: Sequence[str]


def file_patches(lines: Sequence[str]) -> tuple[FilePatch, ...]:
    """The blocks of a text as patches, the hunks of one file together and in their order."""
    hunks: dict[tuple[str | None, str], list[Hunk]] = {}
    path: str | None = None
    for block in _blocks(lines):
        path = _path(block, path)
        hunks.setdefault((path if block.search else None, path), []).append(_hunk(block))
    return tuple(_file_patch(source, target, tuple(found)) for (source, target), found in hunks.items())


def _file_patch(source: str | None, target: str, hunks: tuple[Hunk, ...]) -> FilePatch:
    return FilePatch(source, target, hunks, None, None if source else "100644")


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    """Every block; what lies between two must not look like a change."""
    openings = [(at, mark) for at, line in enumerate(lines) if (mark := _OPENING.match(line))]
    done = 0
    for (at, mark), stop in zip(openings, [*(at for at, _ in openings[1:]), len(lines)], strict=True):
        _refuse_changes(lines, done, at)
        end = _end(lines, at, stop, mark)
        body = _without_margin(lines[at + 1 : end], mark["margin"], at)
        divider = _divider(body, len(mark["mark"]), at)
        path = mark["path"].strip(" \t`:").removeprefix("./")
        yield _Block(at + 1, path, lines[done:at], body[:divider], body[divider + 1 :])
        done = end + 1
    _refuse_changes(lines, done, len(lines))


def _end(lines: Sequence[str], opening: int, stop: int, mark: re.Match[str]) -> int:
    """The place of the only end marker between the opening of a block and that of the next."""
    found = [at for at in range(opening + 1, stop) if _ends(lines[at], mark["margin"], len(mark["mark"]))]
    if len(found) == 1:
        return found[0]
    if found or stop < len(lines):
        what = "has several end markers" if found else "does not end before the next one opens"
        raise _malformed(opening, f"this block {what}")
    raise truncated(opening + 1, TEACH, ">>>>>>> REPLACE")


def _ends(line: str, margin: str, width: int) -> bool:
    end = _END_MARK.match(line.removeprefix(margin)) if line.startswith(margin) else None
    return end is not None and (end["word"] is not None or len(end["mark"]) == width)


def _malformed(opening: int, what: str) -> PatchError:
    return PatchError("malformed", f"patch line {opening + 1}: {what}", TEACH, line=opening + 1)


def _without_margin(body: Sequence[str], margin: str, opening: int) -> Sequence[str]:
    if not margin:
        return body
    if not all(line.startswith(margin) or not line.strip() for line in body):
        raise _malformed(opening, "the lines of this block are indented less than its markers")
    return [line.removeprefix(margin) for line in body]


def _divider(body: Sequence[str], width: int, opening: int) -> int:
    """The line between the two sides; any other line like it must be a heading's, of a new file or on both sides."""
    rules = [at for at, line in enumerate(body) if line.rstrip() == "=" * width]
    if len(rules) == 1:
        return rules[0]
    tried = rules if len(rules) <= MOST_RULES else []
    if tried[:1] == [0] and all(common_ends(body[:at], body[at + 1 :]) == (0, 0) for at in tried[1:]):
        return 0
    headings = {at: {other for rule in rules if rule != at for other in (rule - 1, rule)} for at in tried}
    dividing = [at for at in headings if headings[at] <= _unchanged(body, at)]
    if len(dividing) != 1:
        raise _malformed(opening, f"{len(rules)} lines could divide this block, which takes one")
    return dividing[0]


def _unchanged(body: Sequence[str], divider: int) -> set[int]:
    """The places of the lines with which both sides begin or end."""
    start, stop = divider + 1, len(body)
    head, tail = common_ends(body[:divider], body[start:])
    sides = (range(head), range(divider - tail, divider), range(start, start + head), range(stop - tail, stop))
    return {at for side in sides for at in side}


def _path(block: _Block, before: str | None) -> str:
    """The block's file: named on its marker, labelled above it, or that of the block before."""
    named = block.path or label(block.above)
    if named:
        return named
    mentioned = mentions(block.above)
    if before is not None and all(before == path or before.endswith(f"/{path}") for path in mentioned):
        return before
    if before is None and len(mentioned) == 1:
        return mentioned.pop()
    message = f"patch line {block.line}: it is not clear which file this block changes"
    raise PatchError("no-file", message, TEACH, line=block.line)


def _hunk(block: _Block) -> Hunk:
    source, target = ([f"{line}\n" for line in side] for side in (block.search, block.replace))
    if source == target:
        message = f"patch line {block.line}: both sides of this block are the same"
        raise PatchError("no-change", message, "send the lines as they should become", line=block.line)
    lines: list[Line] = []
    for tag, start, end, new_start, new_end in _steps(source, target):
        if tag == "equal":
            lines += [Line(" ", line) for line in source[start:end]]
        else:
            lines += [Line("-", line) for line in source[start:end]]
            lines += [Line("+", line) for line in target[new_start:new_end]]
    return Hunk(None, len(source), None, len(target), "", tuple(lines))


def _steps(source: Sequence[str], target: Sequence[str]) -> Sequence[Opcode]:
    """Edit steps; in long blocks all between the common head and tail is one, as comparing it would take long."""
    if max(len(source), len(target)) <= LONGEST_COMPARED:
        return opcodes(source, target, autojunk=True)
    head, tail = common_ends(source, target)
    ends = (len(source) - tail, len(target) - tail)
    return (
        ("equal", 0, head, 0, head),
        ("replace", head, ends[0], head, ends[1]),
        ("equal", ends[0], len(source), ends[1], len(target)),
    )


def _refuse_changes(lines: Sequence[str], start: int, stop: int) -> None:
    for at in range(start, stop):
        line = lines[at]
        if _OTHER_FORMAT.match(line.lstrip()) or v4a.is_instruction(line.lstrip()):
            raise mixed(at + 1)
        if _STRAY.match(line) or (start and looks_changed(line)):
            raise stray(line, at + 1, TEACH)
