"""Repositories to call regreen in: fixture repositories copied out, and some that fit on a few lines."""

import importlib.metadata
import os
import shutil
import subprocess
import sysconfig
import tomllib
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import GIT_IDENTITY, REPOS
from tests.e2e._support import User
from tests.support import write_files
from tools.patch import apply_patch

NAMES = sorted(path.name for path in REPOS.iterdir() if (path / "task.toml").is_file())
PYTEST = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
# A bug that the embedded engine proves in seconds, and nothing else around it.
LAMP = {
    "lamp.py": "def is_lit(switched_on):\n    return not switched_on\n",
    "test_lamp.py": """\
from lamp import is_lit


def test_a_lamp_is_lit_when_it_is_switched_on():
    assert is_lit(True) is True
    assert is_lit(False) is False
""",
}
LAMP_TEST = "test_lamp.py::test_a_lamp_is_lit_when_it_is_switched_on"
LAMP_FIXED = "def is_lit(switched_on):\n    return switched_on\n"
LAMP_PATCH = """\
diff --git a/lamp.py b/lamp.py
index 729e572..08de061 100644
--- a/lamp.py
+++ b/lamp.py
@@ -1,2 +1,2 @@
 def is_lit(switched_on):
-    return not switched_on
+    return switched_on
"""
# No small edit gets there.
PRIMES = {
    "primes.py": "def prime(number):\n    return number\n",
    "test_primes.py": """\
from primes import prime


def test_primes():
    assert [prime(number) for number in (1, 7, 100)] == [2, 17, 541]
""",
}
# Both `+` and `*` pass, and differ on other numbers.
TWICE = {
    "twice.py": "def twice(number):\n    return number - 2\n",
    "test_twice.py": "from twice import twice\n\n\ndef test_two():\n    assert twice(2) == 4\n",
}
ALL_GREEN = {"test_green.py": "def test_green():\n    pass\n"}
# Takes a minute, so that something can happen meanwhile.
SLOW = {"test_slow.py": "import time\n\n\ndef test_slow():\n    time.sleep(60)\n    assert False\n"}


def new_repository(folder: Path, files: Mapping[str, str]) -> Path:
    """A repository with these files in its first commit, on `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_files(folder, files)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "Start"]):
        subprocess.run(["git", *command], cwd=folder, env=os.environ | GIT_IDENTITY, check=True)
    return folder


def task_of(name: str) -> dict[str, Any]:
    """The task.toml of a fixture repository."""
    return tomllib.loads((REPOS / name / "task.toml").read_text(encoding="utf-8"))


def gold_of(name: str) -> str:
    """The patch that resolves a fixture repository."""
    return (REPOS / name / "gold.patch").read_text(encoding="utf-8")


def copy_fixture(name: str, folder: Path) -> Path:
    """A fixture repository copied out to `folder` and committed, with its ignored files beside."""
    shutil.copytree(REPOS / name / "repo", folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    project = folder / "pyproject.toml"
    if task_of(name).get("install"):  # setuptools cannot do an editable install with only what is at hand
        text = (
            project.read_text()
            .replace("setuptools>=64", "hatchling")
            .replace("setuptools.build_meta", "hatchling.build")
        )
        project.write_text(text)
    new_repository(folder, {})
    write_files(folder, task_of(name).get("ignored_files", {}))
    return folder


@dataclass(frozen=True, slots=True)
class Project:
    """A repository, the user who works in it, and the interpreter of its tests."""

    user: User
    repo: Path
    python: Path


def project_of(name: str, user: User, test_patch: str = "", environment: Path | None = None) -> Project:
    """A fixture repository copied out, with hidden tests put into its tree, installed when it asks for it.

    `environment` names a new one to make for the install; else it lies beside the repository.
    """
    repo = copy_fixture(name, user.folder / name)
    if test_patch:
        apply_patch(test_patch, repo)
    if not task_of(name).get("install"):
        return Project(user, repo, user.environment / "bin" / "python")
    installed = new_environment(environment or user.folder / "env")
    install_editable(installed, repo)
    return Project(user, repo, installed / "bin" / "python")


def new_environment(folder: Path, distributions: Sequence[str] = PYTEST) -> Path:
    """A virtual environment with pytest alone: no plug-in is loaded, so each of its runs is quick."""
    venv.create(folder, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    for name in distributions:
        for file in importlib.metadata.files(name) or ():
            source = Path(str(file.locate()))
            if ".." not in file.parts and source.is_file():
                (packages / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, packages / file)
    return folder


def install_editable(environment: Path, project: Path) -> None:
    """`pip install -e`, with pip and the build backend of the running environment and no network."""
    argv = ["-m", "pip", "install", "-q", "--no-index", "--no-build-isolation", "--no-deps", "--editable", str(project)]
    env = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
    subprocess.run([environment / "bin" / "python", *argv], env=env, check=True, capture_output=True)
