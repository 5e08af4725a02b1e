"""Installed from the wheel or editable, regreen finds its own packages in a repository that has the same names."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

import agent

# One worker for all of them: the wheel and the environments are made once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]

ROOT = Path(__file__).parents[2]
# In place of the command line: says whose packages it was given.
PROBE = """\
import json, sys
import prompts, tools, typer

def main() -> int:
    names = ["agent", "tools", "prompts", "typer"]
    print(json.dumps({name: sys.modules[name].__file__ for name in names} | {"arguments": sys.argv[1:]}))
    return 3
"""
# A folder without __init__.py gives way to any package of its name, so `tools` is the easiest to hide.
NAMESAKES = {
    "tools/hammer.py": "weight = 1\n",
    "agent/__init__.py": "weight = 1\n",
    "prompts.py": "weight = 1\n",
    "checks/test_own.py": """\
import agent, prompts, tools.hammer

def test_own():
    assert agent.weight == prompts.weight == tools.hammer.weight
""",
}
TRAPS = {name: f"raise ImportError('the repository has its own {name}')\n" for name in ("json.py", "typer.py")}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what is packaged, with the probe in place of the command line."""
    root = tmp_path_factory.mktemp("tree")
    for name in ("agent", "tools", "prompts", "fixtures"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "cli"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, root / name)
    write(root, {"agent/cli/__init__.py": PROBE})
    return root


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the build backend at hand."""
    out = tmp_path_factory.mktemp("wheel")
    python(Path(sys.executable), "-m", "build", "--wheel", "--no-isolation", "--outdir", out, tree)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module", params=["wheel", "editable"])
def repo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tree: Path) -> Path:
    """Make a repository with our packages' names and, inside it, an environment with regreen."""
    repo = tmp_path_factory.mktemp("repo")
    write(repo, NAMESAKES | TRAPS)
    if request.param == "wheel":
        install(repo / ".venv", request.getfixturevalue("wheel"))
    else:
        install(repo / ".venv", "--no-build-isolation", "--editable", tree)
    return repo


@pytest.mark.parametrize("way", [["regreen"], ["python", "-m", "regreen"]], ids=" ".join)
@pytest.mark.parametrize("folder", [".", "tools"])
def test_our_packages_win_over_the_repositorys(repo: Path, way: list[str], folder: str) -> None:
    found = run(repo, *way, "fix", "--json", folder=folder, environment={"PYTHONPATH": f".{os.pathsep}{repo}"})
    assert (found.returncode, found.stderr) == (3, "")
    answer = json.loads(found.stdout)
    assert answer["arguments"] == ["fix", "--json"]
    assert [name for name in answer if str(answer[name]).startswith(f"{repo}/{name}")] == []
    house = {Path(answer[name]).parents[1] for name in ("agent", "tools", "prompts")}
    assert len(house) == 1


def test_the_version_is_that_of_the_source_and_of_the_metadata(repo: Path) -> None:
    ask = "import importlib.metadata as m; print('regreen', m.version('regreen'))"
    answers = {run(repo, *way).stdout for way in (["regreen", "--version"], ["python", "-P", "-c", ask])}
    assert answers == {f"regreen {agent.__version__}\n"}


@pytest.mark.parametrize("way", [["pytest"], ["python", "-m", "pytest"]], ids=" ".join)
def test_the_repositorys_own_tests_still_find_its_own_packages(wheel: Path, tmp_path: Path, way: list[str]) -> None:
    write(tmp_path, NAMESAKES | {"pytest.ini": "[pytest]\npythonpath = .\n"})
    install(tmp_path / ".venv", wheel)
    found = run(tmp_path, *way, "-q", "checks")
    assert "1 passed" in found.stdout, found.stdout + found.stderr


def test_the_demonstration_repository_travels_in_the_wheel(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(wheel, tmp_path, "zip")
    packed = tmp_path / "regreen/_house/fixtures/repos"
    assert files_below(packed) == {
        path for path in files_below(ROOT / "fixtures/repos") if path.startswith("off-by-one/")
    }
    assert {path.name for path in tmp_path.iterdir()} == {"regreen", f"regreen-{agent.__version__}.dist-info"}


def install(environment: Path, *what: str | Path) -> None:
    """Install regreen alone; everything else is borrowed from the running environment."""
    venv.create(environment, symlinks=True)
    site_packages = next(environment.glob("lib/python*/site-packages"))
    (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    script = environment / "bin/pytest"
    script.write_text(f"#!{environment}/bin/python\nimport pytest\nraise SystemExit(pytest.console_main())\n")
    script.chmod(0o755)
    python(environment / "bin/python", "-m", "pip", "install", "-q", "--no-deps", "--no-index", *what)


def python(interpreter: Path, *arguments: str | Path) -> None:
    done = subprocess.run([interpreter, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run(
    repo: Path, program: str, *arguments: str, folder: str = ".", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [str(repo / ".venv/bin" / program), *arguments]
    return subprocess.run(
        command, cwd=repo / folder, env=os.environ | (environment or {}), capture_output=True, text=True, check=False
    )


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if "__pycache__" not in path.parts}


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
