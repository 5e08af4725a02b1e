"""The imports of our code follow the drawing; and the checker that says so catches what it should."""

from pathlib import Path

import pytest

from tests.architecture.layers import LAYERS, cycles, layer_violations, read_imports

ROOT = Path(__file__).parents[2]


def test_our_imports_follow_the_layers() -> None:
    assert layer_violations(read_imports(ROOT)) == []


def test_our_modules_have_no_import_cycle() -> None:
    assert cycles(read_imports(ROOT)) == []


def test_every_folder_of_agent_has_a_layer() -> None:
    folders = {f"agent.{path.parent.name}" for path in (ROOT / "agent").glob("*/*.py")}
    assert folders - LAYERS.keys() == set()


VIOLATIONS = {
    "tools import agent": ("tools/edit.py", "import agent.core", "tools may import only tools"),
    "tools import prompts": ("tools/edit.py", "from prompts import render", "tools may import only tools"),
    "prompts import tools": ("prompts/__init__.py", "import tools.edit", "prompts may import only prompts"),
    "agent imports tests": ("agent/core/task.py", "import tests.conftest", "agent may import only"),
    "upwards": ("agent/core/task.py", "from agent.run import loop", "layer 1 may import only lower layers"),
    "upwards, relative": ("agent/core/task.py", "from ..run import loop", "layer 1 may import only lower layers"),
    "sideways in layer 2": ("agent/tasks/load.py", "from agent.trace import x", "agent.trace is in 2"),
    "sideways in layer 6": ("agent/batch/pool.py", "import agent.report", "agent.report is in 6"),
    "lazily": ("agent/core/task.py", "def late():\n    import agent.run.loop", "layer 1 may import only lower layers"),
    "for types only": ("agent/core/task.py", "if TYPE_CHECKING:\n    import agent.run", "layer 1 may import only"),
    "by name": ("agent/core/task.py", "importlib.import_module('agent.run.loop')", "layer 1 may import only"),
    "a folder without a layer": ("agent/new/thing.py", "import agent.core", "agent.new has no layer"),
    "a door": ("agent/run/loop.py", "from agent import _entry", "nothing imports a door"),
    "the plug-in imports tools": ("tools/testing/plugin/p.py", "import tools.edit", "nothing of ours is installed"),
}


@pytest.mark.parametrize(("path", "source", "reason"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_an_import_against_the_drawing_is_found(tmp_path: Path, path: str, source: str, reason: str) -> None:
    write(tmp_path, {"agent/_entry.py": "", "agent/run/__init__.py": "", "agent/run/loop.py": "", path: source})
    (found,) = layer_violations(read_imports(tmp_path))
    assert reason in found


def test_imports_as_drawn_are_let_pass(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "agent/__init__.py": "",
            "agent/_entry.py": "def main():\n    import agent.cli",
            "agent/cli/__init__.py": "from agent import __version__\nimport agent.batch, agent.core.task",
            "agent/batch/__init__.py": "from . import pool\nimport prompts",
            "agent/batch/pool.py": "import tools.edit, json",
            "agent/core/task.py": "",
            "tools/edit.py": "from tools.patch import parse",
            "tools/patch/parse.py": "",
            "prompts/__init__.py": "import re",
        },
    )
    assert layer_violations(read_imports(tmp_path)) == []
    assert cycles(read_imports(tmp_path)) == []


def test_a_circle_is_named_with_all_its_modules(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "tools/__init__.py": "",
            "tools/a.py": "from tools import b",
            "tools/b.py": "def late():\n    from .c import x",
            "tools/c.py": "import tools.a",
            "tools/d.py": "import tools.a",
        },
    )
    assert cycles(read_imports(tmp_path)) == ["tools.a -> tools.b -> tools.c -> tools.a"]


def test_a_package_that_re_exports_is_no_circle_until_a_module_asks_the_package(tmp_path: Path) -> None:
    write(tmp_path, {"tools/p/__init__.py": "from tools.p.x import f", "tools/p/x.py": ""})
    assert cycles(read_imports(tmp_path)) == []
    write(tmp_path, {"tools/p/x.py": "from tools.p import f"})
    assert cycles(read_imports(tmp_path)) == ["tools.p -> tools.p.x -> tools.p"]


def write(root: Path, files: dict[str, str]) -> None:
    for path, source in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(source, encoding="utf-8")
