"""Canonical git diffs of decided changes and of parsed patches."""

from collections.abc import Iterable, Sequence

from tools.difference import Opcode, opcodes
from tools.patch.read.body import NO_NEWLINE
from tools.patch.read.headers import quote
from tools.patch.types import Change, FilePatch, Hunk, Line, decode, split_lines

CONTEXT_LINES = 3


def git_diff(changes: Iterable[Change]) -> str:
    """The changes as one git diff; bytes that are not UTF-8 are surrogate-escaped in it."""
    return render(_as_patch(change) for change in changes)


def render(patches: Iterable[FilePatch]) -> str:
    """The patches as canonical text, from which parse_patch reads the same values again."""
    return "".join(_file_text(patch) for patch in patches)


def _file_text(patch: FilePatch) -> str:
    source, target = patch.source_file or patch.path, patch.path
    text = f"diff --git {quote('a/' + source)} {quote('b/' + target)}\n" + _extended_headers(patch)
    if not patch.hunks:
        return text
    return text + _header("---", "a/", patch.source_file) + _header("+++", "b/", patch.target_file) + _body(patch)


def _body(patch: FilePatch) -> str:
    return "".join(_hunk_text(hunk) for hunk in patch.hunks)


def _extended_headers(patch: FilePatch) -> str:
    if patch.source_file is None:
        return f"new file mode {patch.target_mode or '100644'}\n"
    if patch.target_file is None:
        return f"deleted file mode {patch.source_mode or '100644'}\n"
    text = f"old mode {patch.source_mode}\n" if patch.source_mode else ""
    text += f"new mode {patch.target_mode}\n" if patch.target_mode else ""
    if patch.is_rename:
        text += f"rename from {quote(patch.source_file)}\nrename to {quote(patch.target_file)}\n"
    return text


def _header(mark: str, prefix: str, name: str | None) -> str:
    if name is None:
        return f"{mark} /dev/null\n"
    quoted = quote(prefix + name)
    # As git does: without the tab, other tools read a name up to its first space.
    return f"{mark} {quoted}\t\n" if " " in name and not quoted.startswith('"') else f"{mark} {quoted}\n"


def _hunk_text(hunk: Hunk) -> str:
    ranges = "..."
    if hunk.source_start is not None and hunk.target_start is not None:
        ranges = f"-{_range(hunk.source_start, hunk.source_length)} +{_range(hunk.target_start, hunk.target_length)}"
    header = f"@@ {ranges} @@ {hunk.section_header}".rstrip()
    outer = "".join(f"@@ {anchor}\n" for anchor in hunk.outer_headers)
    return f"{outer}{header}\n" + "".join(_line_text(line) for line in hunk.lines)


def _range(start: int, length: int) -> str:
    return str(start) if length == 1 else f"{start},{length}"


def _line_text(line: Line) -> str:
    text = line.line_type + line.value
    return text if text.endswith("\n") else f"{text}\n{NO_NEWLINE}\n"


def _as_patch(change: Change) -> FilePatch:
    old = split_lines(decode(change.before or b""))
    new = split_lines(decode(change.after or b""))
    hunks = tuple(_hunk(group, old, new) for group in _groups(opcodes(old, new, autojunk=True)))
    mode, source_mode = _git_mode(change.mode), None
    if change.source_mode is not None and _git_mode(change.source_mode) != mode:
        source_mode = _git_mode(change.source_mode)
    if change.before is None:
        return FilePatch(None, change.path, hunks, None, mode)
    if change.after is None:
        return FilePatch(change.path, None, hunks, mode, None)
    return FilePatch(change.path, change.path, hunks, source_mode, mode if source_mode else None)


def _git_mode(mode: int) -> str:
    return "100755" if mode & 0o100 else "100644"


def _groups(opcodes: Sequence[Opcode]) -> list[list[Opcode]]:
    """Steps of one hunk each: changes with up to three unchanged lines around them."""
    groups: list[list[Opcode]] = []
    previous_end = None
    for tag, old, old_end, new, new_end in opcodes:
        if tag == "equal":
            continue
        if previous_end is None or old - previous_end > 2 * CONTEXT_LINES:
            groups.append([])
        groups[-1].append((tag, old, old_end, new, new_end))
        previous_end = old_end
    return groups


def _hunk(group: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> Hunk:
    first, last = group[0], group[-1]
    lead = min(CONTEXT_LINES, first[1])
    trail = min(CONTEXT_LINES, len(old) - last[2])
    lines: list[Line] = []
    at = first[1] - lead
    for _, start, end, new_start, new_end in group:
        lines += [Line(" ", line) for line in old[at:start]]
        lines += [Line("-", line) for line in old[start:end]]
        lines += [Line("+", line) for line in new[new_start:new_end]]
        at = end
    lines += [Line(" ", line) for line in old[at : at + trail]]
    source_length = last[2] + trail - (first[1] - lead)
    target_length = last[4] + trail - (first[3] - lead)
    starts = (first[1] - lead + (source_length > 0), first[3] - lead + (target_length > 0))
    return Hunk(starts[0], source_length, starts[1], target_length, "", tuple(lines))
