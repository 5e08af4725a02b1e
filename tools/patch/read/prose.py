"""Finds the file that prose names: a label above a fence or block, or the only path that is mentioned."""

import re
from collections.abc import Iterable, Sequence

LONGEST_LINE = 400
FENCE = re.compile(r"\s*```+(?P<info>.*)$")

_EXTENSIONS = (
    "py|pyi|pyx|md|rst|txt|toml|cfg|ini|jsonl?|ya?ml|xml|html?|s?css|[mc]?jsx?|tsx?|vue|c|h|cc|cpp|hpp|cs|rs|go|java|"
    "kt|rb|php|sh|bash|sql|lock|in|po|proto|tf|swift|scala|pl|lua|csv|env|conf|j2|jinja2?"
)
_PATH = re.compile(rf"(?<![\w/.@:+-])(?:[\w.@+-]+/)*[\w.@+-]*\w\.(?:{_EXTENSIONS})\b(?![\w/(])")
_NO_EXTENSION = r"[A-Z]\w*file|LICENSE|README|CHANGELOG|AUTHORS|NOTICE|MANIFEST"
_NAME = re.compile(rf"(?=.*/.*\w|.*\w\.\w+$|\.\w|(?:{_NO_EXTENSION})$)[^\s:*?\"'`<>|()\[\]{{}},;=]+")
_LEADING = re.compile(r"(?i)(?:[#>*\s-]|<!--|//\s|\d+[.)]\s)*(?:(?:in|file|filename|path|update|edit)[\s:*]+)?")
_REMARK = re.compile(r"\s*(?:\([^()]*\)|-->)[\s:*]*$")
_QUOTED = re.compile(r"[#*\s]*`+([^`]+\.\w+)`+[:*\s]*")


def label(above: Sequence[str]) -> str | None:
    """The path that the last line above says, or the fence it opens; None when that line is no label."""
    for line in reversed(above):
        fence = FENCE.match(line)
        path = _only(_PATH.findall(fence["info"][:LONGEST_LINE])) if fence else _labelled(line[:LONGEST_LINE].strip())
        if path or (line.strip() and not fence):
            return path
    return None


def mentions(above: Sequence[str]) -> set[str]:
    """All paths in the lines; `x.py` beside `src/x.py` is the same file said in short."""
    found = {path.removeprefix("./") for line in above for path in _PATH.findall(line[:LONGEST_LINE])}
    return found - {path[at + 1 :] for path in found for at, letter in enumerate(path) if letter == "/"}


def only_path(above: Sequence[str]) -> str | None:
    """The one path that the lines mention; None when there is none, or a second one."""
    return _only(mentions(above))


def _only(paths: Iterable[str]) -> str | None:
    different = set(paths)
    return different.pop() if len(different) == 1 else None


def _labelled(line: str) -> str | None:
    quoted = _QUOTED.fullmatch(line)
    if quoted:
        return quoted[1].strip()
    leading = _LEADING.match(line)
    name = _REMARK.sub("", line[leading.end() if leading else 0 :]).strip("`*:'\"# \t").removeprefix("./")
    if _NAME.fullmatch(name):
        return name
    return _only(_PATH.findall(line)) if line.endswith((":", ":**")) else None
