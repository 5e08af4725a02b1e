"""The patch that puts a work tree back to where its proposers found it."""

from __future__ import annotations

from pathlib import Path

from agent.core.protocols import RunView
from tools.patch import Change, git_diff, parse_patch
from tools.testing.site import Sites


def back_to_base(view: RunView, sites: Sites) -> str:
    """A git diff from the tree as it is to the task's base commit; "" where they are the same."""
    changed = parse_patch(view.patch) if view.patch else ()
    paths = {path for patch in changed for path in (patch.source_file, patch.target_file) if path}
    if not paths:
        return ""
    site = sites.open(view.task.base_commit)
    try:
        changes = [_change(path, view.tree / path, site.workspace.tree / path) for path in sorted(paths)]
    finally:
        site.close()
    return git_diff([change for change in changes if change.before != change.after])


def _change(path: str, now: Path, then: Path) -> Change:
    before = now.read_bytes() if now.is_file() else None
    after = then.read_bytes() if then.is_file() else None
    mode = (then if after is not None else now).stat().st_mode & 0o777 if (before, after) != (None, None) else 0o644
    return Change(path, before, after, mode)
