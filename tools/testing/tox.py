"""tox below a test command: a workspace holds no environments, and making them anew would need the network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

IS_TOX = re.compile(r"(?:^|[\s/;&|])tox(?:\s|$)")
NAMED = re.compile(r"\s(?:-e|--env)[\s=]*([\w.,-]+)")
PASSED = "testenv.pass_env+=PYTEST_ADDOPTS,PYTHONPATH,PYTHONHASHSEED,PYTHONDONTWRITEBYTECODE,REGREEN_*"


def tox_variables(line: str, folder: Path, io: Path) -> Mapping[str, str]:
    """What tox is told where a command line starts it: what to pass on, and a copy of its environments below `io`.

    `folder` is the user's own one that configures the tests. He keeps his environments as they are.
    """
    if not IS_TOX.search(line):
        return {}
    for environment in _needed(line, folder / ".tox"):
        shutil.copytree(environment, io / "tox" / environment.name, symlinks=True, ignore_dangling_symlinks=True)
    return {"TOX_OVERRIDE": PASSED, "TOX_WORK_DIR": str(io / "tox")}


def _needed(line: str, made: Path) -> list[Path]:
    """The environments that the line names, or all; and tox's own ones for packages."""
    names = {name for names in NAMED.findall(line) for name in names.split(",")}
    found = [path for path in made.iterdir() if path.is_dir()] if made.is_dir() else []
    return sorted(path for path in found if not names or path.name in names or path.name.startswith("."))
