"""Damages of the finished text: headers, wrappers, prefixes, a cut end."""

import re
from collections.abc import Callable
from random import Random

from benchmarks._patch.values import Form

TextStep = Callable[[str, Form, Random], str | None]
_RANGES = re.compile(r"(?m)^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
BEFORE = ("Here is the change:", "I found the cause. The patch below fixes it.", "Now I'll apply the fix.")
AFTER = (
    "This makes the failing test pass.",
    "Let me know if anything else is needed.",
    "Done - all tests should pass now.",
)


def wrong_counts(text: str, form: Form, chance: Random) -> str | None:
    """Headers count more or fewer lines than there are."""

    # Too high a count over a last hunk without context below reads like a text that was cut.
    last_lines = text.splitlines()[-3:]
    last = None if all(line.startswith(" ") for line in last_lines) else text.rfind("\n@@ -") + 1

    def miscounted(match: re.Match[str]) -> str:
        most = 0 if match.start() == last else 3
        counts = [max(int(match[at] or 1) + chance.randint(-3, most), 1) for at in (2, 4)]
        return f"@@ -{match[1]},{counts[0]} +{match[3]},{counts[1]} @@"

    changed = _RANGES.sub(miscounted, text)
    return changed if changed != text else None


def fenced(text: str, form: Form, chance: Random) -> str | None:
    """A fence and sentences around the patch."""
    before, after = chance.choice(BEFORE), chance.choice(AFTER)
    if form == "search":
        return f"{before}\n\n{text}{after}\n"
    fence = "```diff" if form == "unified" else chance.choice(["```", "```patch"])
    return f"{before}\n\n{fence}\n{text}```\n\n{after}\n"


def heredoc(text: str, form: Form, chance: Random) -> str | None:
    """The shell command that would apply it."""
    word = chance.choice(["EOF", "PATCH"])
    command = "apply_patch" if form == "v4a" else chance.choice(["git apply", "patch -p1", "cat > fix.patch"])
    return f"{command} <<'{word}'\n{text}{word}\n"


def indented(text: str, form: Form, chance: Random) -> str | None:
    """Every line stands further right, as in a list item."""
    margin = chance.choice(["  ", "    ", "\t"])
    return "".join(margin + line if line.strip() else line for line in text.splitlines(keepends=True))


def bare_blanks(text: str, form: Form, chance: Random) -> str | None:
    """Blank context lines lost their one space."""
    changed = re.sub(r"(?m)^ $", "", text)
    return changed if changed != text else None


def lost_prefixes(text: str, form: Form, chance: Random) -> str | None:
    """Context lines lost the space they begin with: all of them, or some."""
    if re.search(r"(?m)^ ([-+@\\*]|diff )", text):
        return None
    some = chance.random() < 0.5
    changed = re.sub(r"(?m)^ (?=[^\n])", lambda match: match[0] if some and chance.random() < 0.5 else "", text)
    return changed if changed != text else None


def crlf(text: str, form: Form, chance: Random) -> str | None:
    """The patch's own lines end in CR LF."""
    return text.replace("\n", "\r\n")


def stripped(text: str, form: Form, chance: Random) -> str | None:
    """White space at the ends went, the last line end with it."""
    return text.strip()


def truncated(text: str, form: Form, chance: Random) -> str | None:
    """The answer ended amid the last hunk's changes."""
    lines = text.splitlines(keepends=True)
    if form == "search":
        first = max(at for at, line in enumerate(lines) if line.startswith("<<<<<<< "))
        ends = range(first + 2, next(at for at in range(first, len(lines)) if lines[at].startswith(">>>>>>> ")) + 1)
    else:
        first = max((at for at, line in enumerate(lines) if line.startswith(("@@", "*** ", "+++ "))), default=0)
        first = max((at for at, line in enumerate(lines) if line.startswith("@@")), default=first)
        changed = [at for at in range(first, len(lines)) if lines[at][:1] in ("+", "-")]
        ends = range(changed[0] + 1, changed[-1] + 1) if changed else range(0)
    if not ends:
        return None
    end = chance.choice(ends)
    # A cut that only shortens the last line of all leaves no trace.
    is_last = end == len(lines) - 1 or lines[end].startswith(">>>>>>> ")
    part = 0 if is_last else chance.randint(0, len(lines[end]) // 2)
    return "".join(lines[:end]) + lines[end][:part]
