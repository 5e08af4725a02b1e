"""The patch engine: a hunk is applied where it surely belongs, or refused with the reason and the next move."""

from tools.errors import PatchError
from tools.patch.apply import apply_patch, write
from tools.patch.decide import decide
from tools.patch.locate import RULES, FileLines, Located, locate
from tools.patch.parse import parse_patch
from tools.patch.paths import check_name
from tools.patch.render import git_diff, render
from tools.patch.types import (
    Change,
    Edit,
    FilePatch,
    Hunk,
    Line,
    Placement,
    apply_edit,
    decode,
    encode,
    split_lines,
)
from tools.patch.validate import DEFAULT_CHECKS, Check, still_parses

__all__ = [
    "DEFAULT_CHECKS",
    "RULES",
    "Change",
    "Check",
    "Edit",
    "FileLines",
    "FilePatch",
    "Hunk",
    "Line",
    "Located",
    "PatchError",
    "Placement",
    "apply_edit",
    "apply_patch",
    "check_name",
    "decide",
    "decode",
    "encode",
    "git_diff",
    "locate",
    "parse_patch",
    "render",
    "split_lines",
    "still_parses",
    "write",
]
