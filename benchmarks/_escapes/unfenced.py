"""The attempts without a sandbox of regreen's, as a script: to see that they are real ones.

It is to be started by `contained`, in a container of its own that keeps the machine from them. Prints JSON: how each
attempt got out, by act and name.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks._escapes.attempts import ATTEMPTS
from benchmarks._escapes.world import new_world
from tools.workspace.git import GitError
from tools.workspace.sandbox.none import NoSandbox

ROOT = Path(__file__).parents[2]
# Even in the container these are not made: they would reach for the machine itself.
LEFT_OUT = ("mount", "the root", "namespace", "device", "machine's name", "every process", "terminal", "disk",
            "handle", "kernel's memory")  # fmt: skip


def contained(every: int) -> dict[str, dict[str, str]]:
    """Make every so-many-th attempt in a container: only a private /tmp can be written; no network, no others."""
    seen = [part for path in (ROOT, Path(sys.prefix)) for part in ("--ro-bind", str(path), str(path))]
    spaces = ["--unshare-all", "--die-with-parent", "--new-session", "--chdir", str(ROOT)]
    box = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", *seen, *spaces]
    argv = [*box, "--", sys.executable, "-m", "benchmarks._escapes.unfenced", str(every)]
    ran = subprocess.run(argv, check=True, stdout=subprocess.PIPE)
    found: dict[str, dict[str, str]] = json.loads(ran.stdout.splitlines()[-1])
    return found


def main(every: int) -> None:
    """Each attempt in a world of its own: some leave nothing of it."""
    found: dict[str, dict[str, str]] = {}
    for act, attempts in ATTEMPTS.items():
        found[act] = {}
        for at, (name, code) in enumerate(attempts.items()):
            if at % every == 0 and not any(words in name for words in LEFT_OUT):
                found[act][name] = _made(code)
    print(json.dumps(found))


def _made(code: str) -> str:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder).resolve()
        with new_world(path, path / "home") as world:
            try:
                return world.escapes(code, NoSandbox)
            except (OSError, GitError) as error:  # nothing is left to look at
                return f"something outside is gone: {error}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
