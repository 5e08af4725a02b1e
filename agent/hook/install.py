"""Writes a plain git hook that calls `regreen hook`; a hook that is there is kept beside it, and runs first."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from agent.core.errors import InfraFailure, UsageProblem
from tools.errors import why_not
from tools.workspace.git import GitError, Repository

MARK = "# regreen hook"
KEPT = ".before-regreen"
# A pre-push hook is told on standard input what is pushed, and both hooks read it.
SCRIPT = """\
#!/bin/sh
{mark}: checks what is staged or pushed; `regreen hook --help` says more. To be rid of it, delete this file.
[ -n "$REGREEN_HOOK_RUNS" ] && exit 0  # two hooks that each keep the other
export REGREEN_HOOK_RUNS=1
told=$({read})
kept="$(dirname "$0")/{kept}"
if [ -x "$kept" ]; then
    printf '%s\\n' "$told" | "$kept" "$@" || exit $?
fi
regreen={command}
command -v "$regreen" >/dev/null || regreen=regreen
if ! command -v "$regreen" >/dev/null; then
    echo "regreen: not checked: {command} is gone" >&2
    exit 0
fi
printf '%s\\n' "$told" | "$regreen" hook --stage {stage}{arguments}
"""


def install_hook(repository: Repository, stage: str) -> list[str]:
    """Write the hook, and say what was done; InfraFailure where the folder takes no file."""
    folder, configured = hooks_folder(repository)
    hook, kept = folder / stage, folder / f"{stage}{KEPT}"
    is_there = hook.is_symlink() or hook.exists()
    is_ours = is_there and not hook.is_dir() and MARK.encode() in hook.read_bytes()
    if is_there and not is_ours and (kept.exists() or kept.is_symlink()):
        raise UsageProblem(f"{hook} is another hook, and {kept} is taken", "remove one of the two, or call one by hand")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{stage}-{os.getpid()}"
        draft.write_text(_script(stage), encoding="utf-8")
        draft.chmod(0o755)
        if is_there and not is_ours:
            hook.rename(kept)
        draft.replace(hook)
    except OSError as error:
        hint = f"make {folder} writable, or call `regreen hook --stage {stage}` from a hook of yours"
        raise InfraFailure(f"the hook cannot be written: {why_not(error)}", hint) from error
    return [
        f"written: {hook}",
        *([f"the hook that was there runs first: {kept}"] if kept.exists() else []),
        *(["core.hooksPath leads there: every repository it is set for runs the hook"] if configured else []),
    ]


def hooks_folder(repository: Repository) -> tuple[Path, bool]:
    """Where git looks for hooks, and whether the user's configuration says so."""
    try:
        listed = repository.git(["config", "--null", "--type=path", "--get-all", "core.hooksPath"])
    except GitError:
        listed = b""
    values = [os.fsdecode(value) for value in listed.split(b"\0")[:-1]]
    named = values[:-1]  # the last one is our own: no hook of the user's runs when we call git
    if not named:
        return repository.common_dir / "hooks", False
    return repository.root / named[-1], True


def _script(stage: str) -> str:
    """The hook's text: regreen by its path, for a commit from an editor knows no environment."""
    return SCRIPT.format(
        mark=MARK,
        kept=f"{stage}{KEPT}",
        command=shlex.quote(str(_own_command())),
        stage=stage,
        read="cat" if stage == "pre-push" else ":",
        arguments=' --remote "$1"' if stage == "pre-push" else "",
    )


def _own_command() -> Path:
    """The installed command, also where it was called as a module."""
    beside = Path(sys.executable).with_name("regreen")
    return beside if beside.exists() else Path(sys.argv[0]).absolute()
