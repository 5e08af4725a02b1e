"""File names out of patch headers: quoting, timestamps and a/ b/ prefixes taken off."""

import re

from tools.errors import PatchError
from tools.patch.types import decode, encode

DEV_NULL = "/dev/null"
LONGEST_NAME = 4096
# diff.mnemonicPrefix and diff --no-index write these pairs.
MNEMONIC_PAIRS = (("a/", "b/"), ("i/", "w/"), ("c/", "i/"), ("c/", "w/"), ("o/", "w/"), ("1/", "2/"))

_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_TIMESTAMP = re.compile(r"\s+\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*$")

Names = tuple[str | None, str | None]


def clean_name(raw: str) -> str:
    """The name a header line carries, prefix still on, without quotes, timestamp and leading ./ ."""
    quoted = _QUOTED.match(raw)
    if quoted:
        return _unquote(quoted.group()[1:-1])
    name = raw.split("\t")[0].rstrip("\r")
    # Longer than any path: a line of content, which a pattern would take long to search.
    timeless = name if len(name) > LONGEST_NAME else _TIMESTAMP.sub("", name)
    return timeless.strip().removeprefix("./")


def git_names(rest: str) -> tuple[str, str] | None:
    """Both names of a `diff --git` line (given without those words), or None where the line can be read two ways."""
    rest = rest.rstrip("\r")
    if len(rest) > 2 * LONGEST_NAME:
        return None
    if '"' in rest:
        match = re.fullmatch(rf"({_QUOTED.pattern}|\S+) ({_QUOTED.pattern}|\S+)", rest)
        return (clean_name(match[1]), clean_name(match[2])) if match else None
    splits = [(rest[:at], rest[at + 1 :]) for at, letter in enumerate(rest) if letter == " "]
    if len(splits) == 1:
        return splits[0]
    same = [pair for pair in splits if _without_prefixes(*pair) is not None]
    return same[0] if len(same) == 1 else None


def plain_names(source: str, target: str, git: tuple[str, str] | None) -> Names:
    """Names without prefixes; None stands for /dev/null."""
    if source == DEV_NULL or target == DEV_NULL:
        literal = git is not None and git[0] == git[1]
        return _one_side(source, "a/", literal), _one_side(target, "b/", literal)
    if git is not None and git[0] == git[1] == source == target:
        return source, target
    same = _without_prefixes(source, target)
    if same is not None:
        return same, same
    if source.startswith("a/") and target.startswith("b/"):
        return source[2:], target[2:]
    return source, target


def name_one_file(source: str, target: str) -> bool:
    """True when two header names can stand for the same file, or one is /dev/null."""
    return DEV_NULL in (source, target) or _without_prefixes(source, target) is not None


def _one_side(name: str, prefix: str, literal: bool) -> str | None:
    if name == DEV_NULL:
        return None
    return name if literal else name.removeprefix(prefix)


def _without_prefixes(source: str, target: str) -> str | None:
    """The one name both stand for, or None when they differ."""
    if source == target or source == target + ".orig":
        return target
    if (source[:2], target[:2]) in MNEMONIC_PAIRS and source[2:] == target[2:]:
        return source[2:]
    if source == f"a/{target}":
        return target
    return source if target == f"b/{source}" else None


def _unquote(text: str) -> str:
    def byte(match: re.Match[bytes]) -> bytes:
        escape = match[1].decode()
        return bytes([_ESCAPES[escape] if escape in _ESCAPES else int(escape, 8) & 255])

    return decode(_ESCAPE.sub(byte, encode(text)))


def quote(name: str) -> str:
    """The name as git writes it in a header, in C quotes when it needs them."""
    if not re.search(r'[\x00-\x1f\x7f"\\]', name):
        return name
    letters = {code: letter for letter, code in _ESCAPES.items()}
    return '"' + "".join(_escaped(character, letters) for character in name) + '"'


def _escaped(character: str, letters: dict[int, str]) -> str:
    code = ord(character)
    if code in letters:
        return "\\" + letters[code]
    return f"\\{code:03o}" if code < 32 or code == 127 else character


def check_same(git: tuple[str, str] | None, names: tuple[str, str], line: int) -> None:
    """Refuse a section whose `diff --git` line names another file than its ---/+++ lines, or an endless name."""
    if max(map(len, names)) > LONGEST_NAME:
        raise PatchError("bad-header", f"patch line {line}: this is too long for a file name", line=line)
    if git is None:
        return
    for stated, name in zip(git, names, strict=True):
        if name != DEV_NULL and not _agree(stated, name):
            message = f"patch line {line}: the headers name two files, {stated} and {name}"
            raise PatchError("bad-header", message, "write one section for each file", line=line)


def _agree(stated: str, name: str) -> bool:
    return stated == name or stated[2:] == name or stated[2:] == name[2:] or name[2:] == stated
