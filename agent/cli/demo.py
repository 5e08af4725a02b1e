"""`regreen demo`: a small repository with a bug, copied out and repaired offline."""

from __future__ import annotations

from pathlib import Path

NAME = "off-by-one"


def demo() -> int:
    """Repair a small example repository, offline and without a key."""
    import shutil

    from agent.cli.session import Asked, Wishes, run_fix
    from tools.workspace.git import run_git
    from tools.workspace.scratch import scratch_folder

    fixture = Path(__file__).parents[2] / "fixtures" / "repos" / NAME
    print((fixture / "README.md").read_text(encoding="utf-8").strip(), end="\n\n", flush=True)
    with scratch_folder("demo") as folder:
        repository = folder / NAME
        shutil.copytree(fixture / "repo", repository)
        run_git(["init", "-q", "-b", "main"], repository)
        run_git(["add", "-A"], repository)
        run_git(["commit", "-q", "-m", "a repository with a bug"], repository)
        return run_fix(repository, Asked(), {"model": "offline"}, Wishes(apply=False, keepsake=False))
