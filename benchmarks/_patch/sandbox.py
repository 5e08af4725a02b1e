"""Runs a module of this package under bubblewrap: nothing to write on but a /dev of its own, and no network."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._patch.values import Case

ROOT = Path(__file__).parents[2]
PEERS_PYTHON = "REGREEN_BENCH_PEERS"


def python_for(program: str, module: str) -> str | None:
    """The interpreter to run an applier in: the first named that has its module; None where something is missing."""
    if program and shutil.which(program) is None:
        return None
    pythons = [*os.environ.get(PEERS_PYTHON, "").split(os.pathsep), sys.executable]
    return next((python for python in pythons if python and _imports(python, module)), None)


def _imports(python: str, module: str) -> bool:
    return not module or subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0


def run_inside(module: str, *arguments: str, cases: Sequence[Case], python: str, disk: Path | None = None) -> Any:
    """The JSON that `python -m benchmarks._patch.<module>` answers; it reads the cases, and may write on `disk`."""
    if shutil.which("bwrap") is None:
        raise OSError("the patch benchmark runs appliers only under bubblewrap, and bwrap is not installed")
    sandbox = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-all", "--die-with-parent"]
    sandbox += ["--bind", str(disk), str(disk)] if disk else []
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/dev/shm",
        "TMPDIR": "/dev/shm",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    argv = [*sandbox, python, "-m", f"benchmarks._patch.{module}", *arguments]
    done = subprocess.run(argv, input=pickle.dumps(list(cases)), stdout=subprocess.PIPE, env=environment, check=True)
    return json.loads(done.stdout)
