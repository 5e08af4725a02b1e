"""Putting changes into a workspace, where they belong to its diff from then on."""

from __future__ import annotations

from collections.abc import Sequence

from tools.patch import Change, decide, parse_patch, write
from tools.workspace.checkout import Workspace


def put(changes: Sequence[Change], workspace: Workspace) -> None:
    """Write decided changes and accept them."""
    write(changes, workspace.tree)
    workspace.accept(change.path for change in changes)


def put_patch(patch: str, workspace: Workspace) -> None:
    """Decide a patch on the tree as it stands and put it there; "" changes nothing. PatchError when it does not fit."""
    if patch:
        put(decide(parse_patch(patch), workspace.tree), workspace)
