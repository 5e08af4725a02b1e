"""The patch engine: a hunk is applied where it surely belongs, or refused with the reason and the next move."""

from tools.errors import PatchError
from tools.patch.apply import apply_patch, write
from tools.patch.decide import decide
from tools.patch.paths import check_name
from tools.patch.read.parse import parse_patch
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
    decode_patch,
    encode,
    split_lines,
)
from tools.patch.validate import DEFAULT_CHECKS, Check, still_parses

__all__ = [
    "DEFAULT_CHECKS",
    "Change",
    "Check",
    "Edit",
    "FilePatch",
    "Hunk",
    "Line",
    "PatchError",
    "Placement",
    "apply_edit",
    "apply_patch",
    "check_name",
    "decide",
    "decode",
    "decode_patch",
    "encode",
    "git_diff",
    "parse_patch",
    "render",
    "split_lines",
    "still_parses",
    "write",
]
