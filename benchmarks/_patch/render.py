"""Writes a draft as a unified diff, as a V4A patch, or as SEARCH/REPLACE blocks."""

import zlib
from collections.abc import Callable, Mapping, Sequence

from benchmarks._patch.values import Draft, FileDraft, Form, Hunk

PROSE = "The change goes into `{name}`:"


def unified(draft: Draft) -> str:
    """A diff as git or, with a plain style, as diff -u writes it."""
    return "".join(f"{line}\n" for file in draft.files for line in _unified_file(draft, file))


def _unified_file(draft: Draft, file: FileDraft) -> list[str]:
    # Only git's headers can say that a file moves, and the two kinds do not mix.
    moves = any(None not in (each.old_path, each.new_path) and not each.is_edit for each in draft.files)
    head = _git_head(draft, file) if draft.style.git or moves else []
    if draft.style.name == "prose":
        head = [PROSE.format(name=draft.shown(file.path)), ""]
    elif file.hunks:
        sides = zip(("---", "+++"), "ab", (file.old_path, file.new_path), strict=True)
        head += [f"{mark} {_prefixed(draft, side, path)}" for mark, side, path in sides]
    return [*head, *(line for hunk in file.hunks for line in _unified_hunk(draft, hunk))]


def _git_head(draft: Draft, file: FileDraft) -> list[str]:
    old, new = file.old_path or file.path, file.path
    head = [f"diff --git {_prefixed(draft, 'a', old)} {_prefixed(draft, 'b', new)}"]
    if file.old_path is None:
        head.append("new file mode 100644")
    elif file.new_path is None:
        head.append("deleted file mode 100644")
    elif old != new:
        head += ["similarity index 90%", f"rename from {draft.shown(old)}", f"rename to {draft.shown(new)}"]
    blobs = [_blob(path and lines) for path, lines in ((file.old_path, file.old), (file.new_path, file.new))]
    mode = " 100644" if file.is_edit else ""
    return [*head, f"index {blobs[0]}..{blobs[1]}{mode}"] if file.hunks else head


def _blob(lines: Sequence[str] | None) -> str:
    return f"{zlib.crc32(repr(lines).encode()):07x}"[:7] if lines else "0000000"


def _prefixed(draft: Draft, side: str, path: str | None) -> str:
    if path is None:
        return "/dev/null"
    return f"{side}/{draft.shown(path)}" if draft.style.prefixes else draft.shown(path)


def _unified_hunk(draft: Draft, hunk: Hunk) -> list[str]:
    ranges = [_range(hunk.start, len(hunk.source)), _range(hunk.new_start, len(hunk.target))]
    function = hunk.scope[-1] if hunk.scope else hunk.section
    header = {
        "numbers": f"@@ -{ranges[0]} +{ranges[1]} @@ {hunk.section}".rstrip(),
        "bare": "@@",
        "dots": "@@ ... @@",
        "function": f"@@ {function}".rstrip(),
    }[draft.style.header]
    return [header, *(line.mark + line.text for line in hunk.lines)]


def _range(start: int, length: int) -> str:
    first = start + 1 if length else start
    return str(first) if length == 1 else f"{first},{length}"


def v4a(draft: Draft) -> str:
    """The format between `*** Begin Patch` and `*** End Patch`."""
    lines = ["*** Begin Patch", *(line for file in draft.files for line in _v4a_file(draft, file)), "*** End Patch"]
    return "".join(f"{line}\n" for line in lines)


def _v4a_file(draft: Draft, file: FileDraft) -> list[str]:
    if file.old_path is None:
        return [f"*** Add File: {draft.shown(file.path)}", *(f"+{text}" for text in file.new)]
    if file.new_path is None:
        return [f"*** Delete File: {draft.shown(file.path)}"]
    head = [f"*** Update File: {draft.shown(file.old_path)}"]
    head += [] if file.is_edit else [f"*** Move to: {draft.shown(file.new_path)}"]
    return [*head, *(line for hunk in file.hunks for line in _v4a_hunk(draft, file, hunk))]


def _v4a_hunk(draft: Draft, file: FileDraft, hunk: Hunk) -> list[str]:
    anchors = [f"@@ {name}" for name in anchored(hunk, draft.style.anchors)] or ["@@"]
    at_end = bool(hunk.source) and hunk.source[-1].origin == len(file.old) - 1
    return [*anchors, *(line.mark + line.text for line in hunk.lines), *(["*** End of File"] if at_end else [])]


def anchored(hunk: Hunk, style: str) -> Sequence[str]:
    """The anchors a style writes above a hunk."""
    short = [name.partition("(")[0].removesuffix(":") for name in hunk.scope]
    return {
        "one": hunk.scope[-1:],
        "stacked": hunk.scope,
        "short": short[-1:],
        "wrong": ["def handle_the_other_one(self):"],
    }.get(style, ())


def search(draft: Draft) -> str:
    """Blocks of SEARCH and REPLACE, each in its fence, under the file's name."""
    return "".join(_block(draft, file, hunk) for file in draft.files for hunk in file.hunks)


def _block(draft: Draft, file: FileDraft, hunk: Hunk) -> str:
    name = draft.shown(file.path)
    head = [PROSE.format(name=name), ""] if draft.style.name == "prose" else [name]
    source, target = ([line.text for line in side] for side in (hunk.source, hunk.target))
    fence = "```python" if file.path.endswith(".py") else "```"
    body = ["<<<<<<< SEARCH", *source, "=======", *target, ">>>>>>> REPLACE", "```"]
    return "\n".join([*head, fence, *body, "", ""])


RENDER: Mapping[Form, Callable[[Draft], str]] = {"unified": unified, "v4a": v4a, "search": search}
