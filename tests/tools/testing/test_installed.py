"""Which installed distributions are another copy of the project under test, and what of them holds its code."""

import dataclasses
import json
import venv
from pathlib import Path

import pytest

from tests.support import own_python, write_files
from tools.testing.installed import Copy, Distribution, Installed, copies_of, installed_in, names_in
from tools.testing.interpreter import Interpreter, probe

ROOT = Path("/src/lamp")
SITE = Path("/env/lib/python3.11/site-packages")
TREE = ("setup.py", "src/lamp/__init__.py", "src/lamp/core.py", "tests/__init__.py", "tests/test_lamp.py")


def distribution(name: str, *modules: str, place: Path = SITE, checkout: Path | None = None) -> Distribution:
    return Distribution(name, "2.0", place, checkout, modules, False)


def copies(*found: Distribution, names: tuple[str, ...] = ("lamp",), of_pytest: tuple[str, ...] = ()) -> list[Copy]:
    python = dataclasses.replace(own_python(), path=(SITE, Path("/other/lamp/src")))
    return list(copies_of(ROOT, TREE, names, Installed(found, frozenset(of_pytest)), python))


def test_a_release_in_the_environment_is_a_copy_with_its_folder() -> None:
    release = distribution("Lamp", "lamp/__init__.py", "lamp/core.py", "lamp/new.py", "../../../bin/lamp.py")
    assert copies(release) == [Copy(f"Lamp 2.0 in {SITE}", (SITE / "lamp",))]


def test_a_release_under_another_name_is_known_by_its_modules() -> None:
    fork = distribution("lantern", "lamp/__init__.py", "lamp/core.py", "lamp/new.py")
    assert copies(fork, names=()) == [Copy(f"lantern 2.0 in {SITE}", (SITE / "lamp",))]


@pytest.mark.parametrize(
    "other",
    [
        distribution("shade", "shade/__init__.py", "shade/core.py"),
        distribution("tested", "tests/__init__.py", "tested/__init__.py"),
        distribution("empty"),
        distribution("lamp", "__editable___lamp_finder.py", checkout=ROOT),
        distribution("lamp", "src/lamp/__init__.py", place=ROOT / "src"),
    ],
    ids=["another project", "one with tests", "one without modules", "the tree itself", "the tree by a link"],
)
def test_what_is_another_project_or_the_tree_itself_is_no_copy(other: Distribution) -> None:
    assert copies(other) == []


def test_an_environment_inside_of_the_tree_is_not_the_tree() -> None:
    place = ROOT / ".venv/lib/python3.11/site-packages"
    assert copies(distribution("lamp", "lamp/core.py", place=place)) == [
        Copy(f"lamp 2.0 in {place}", (place / "lamp",))
    ]


def test_of_a_shared_namespace_only_its_own_part_is_named() -> None:
    ours = distribution("lamp", "light/__init__.py", "light/lamp/core.py", "one.py", "__pycache__/one.cpython-311.pyc")
    other = distribution("light-shade", "light/__init__.py", "light/shade/core.py", "__pycache__/six.cpython-311.pyc")
    paths = ("__pycache__/one.cpython-311.pyc", "light/__init__.py", "light/lamp", "one.py")
    assert copies(ours, other) == [Copy(f"lamp 2.0 in {SITE}", tuple(SITE / path for path in paths))]


def test_what_pytest_runs_on_is_told() -> None:
    found = copies(distribution("lamp", "lamp/core.py"), of_pytest=("lamp", "_pytest"))
    assert found == [Copy(f"lamp 2.0 in {SITE}", (SITE / "lamp",), runs_on_it=True)]


def test_an_editable_install_of_another_checkout_is_named_by_its_modules_there(tmp_path: Path) -> None:
    write_files(tmp_path, {"src/lamp/core.py": "", "src/other/a.py": "", ".git/HEAD": ""})
    python = dataclasses.replace(own_python(), path=(tmp_path / "src",))
    finder = distribution("lamp", "__editable___lamp_finder.py", checkout=tmp_path)
    (found,) = copies_of(ROOT, TREE, ("lamp",), Installed((finder,)), python)
    assert found == Copy(f"lamp 2.0 at {tmp_path}", (tmp_path / "src/lamp", tmp_path / ".git"))


def test_a_project_is_called_by_all_its_configuration() -> None:
    pyproject = '[project]\nname = "lamp"\n[tool.poetry]\nname = "lamp-poetry"\n'
    texts = {"pyproject.toml": pyproject, "setup.cfg": "[metadata]\nname = lamp_cfg\n"}
    assert names_in({**texts, "setup.py": "setup(name='lamp.py', version='1')"}) == (
        "lamp",
        "lamp-poetry",
        "lamp_cfg",
        "lamp.py",
    )
    assert names_in({"pyproject.toml": "[[", "setup.cfg": "]", "setup.py": "setup()"}) == ()


def environment(folder: Path) -> tuple[Interpreter, Path]:
    venv.create(folder, symlinks=True, with_pip=False)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    return probe(folder / "bin" / "python", "test"), site


def test_an_interpreter_says_what_is_installed_in_it(tmp_path: Path) -> None:
    python, site = environment(tmp_path / "env")
    write_files(site, {
        "lamp/core.py": "", "lamp-2.0.dist-info/METADATA": "Name: lamp\nVersion: 2.0\n",
        "lamp-2.0.dist-info/RECORD": "lamp/core.py,,\nlamp-2.0.dist-info/METADATA,,\n../../../bin/lamp,,\n",
        "lamp-2.0.dist-info/entry_points.txt": "[pytest11]\nlamp = lamp.core\n",
        "shade-1.dist-info/METADATA": "Name: shade\nVersion: 1\n",
        "shade-1.dist-info/direct_url.json": json.dumps({"url": "file:///src/shade", "dir_info": {"editable": True}}),
        "bad-1.dist-info/METADATA": "Name: bad\nVersion: 1\n", "bad-1.dist-info/direct_url.json": "{",
    })  # fmt: skip
    assert installed_in(python) == Installed((
        Distribution("bad", "1", site, None, (), False),
        Distribution("lamp", "2.0", site, None, ("lamp/core.py",), True),
        Distribution("shade", "1", site, Path("/src/shade"), (), False),
    ))  # fmt: skip


def test_pytest_is_made_of_modules_that_cannot_be_hidden() -> None:
    found = installed_in(own_python())
    assert {"pytest", "_pytest", "pluggy"} <= found.of_pytest
    assert "pytest" in [one.name for one in found.distributions]
