"""The model's key is out of reach of what we start, /proc included: under bubblewrap and without it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import new_repository, new_sites
from tools.workspace.sandbox.bubblewrap import gaps

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems show environments elsewhere")
KEY = "sk-proj-" + "Z9y8X7w6" * 6
HIDING = f"""\
import os, subprocess, sys
from tools.secrets.environment import hide
print(hide())
print(os.environ["OPENAI_API_KEY"] == {KEY!r})
print({KEY!r} in open("/proc/self/environ").read())
print({KEY!r} in subprocess.run(["env"], capture_output=True, text=True).stdout)
looks = "import os; print({KEY!r} in open('/proc/%d/environ' % os.getppid()).read())"
print(subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, env={{}}).stdout)
"""
SEARCH = """\
import os, pathlib

def test_no_key_is_in_reach():
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            text = path.read_text(errors="replace")
        except OSError:
            continue
        if "OPENAI_API_KEY=sk-proj-Z9y8" in text:
            found.append(str(path))
    assert "OPENAI_API_KEY" not in os.environ
    assert found == []
"""
RUNS = """\
import json, os, sys
from pathlib import Path
from tools.secrets.environment import hide
from tests.support import own_python
from tools.testing.environment import environment_for_tests
from tools.testing.site import Sites
from tools.workspace.git import find_repository
from tools.workspace.sandbox.choose import choose_sandbox

hide()
repository = find_repository(Path(sys.argv[1]))
fence, _ = choose_sandbox(sys.argv[2])
sites = Sites(repository, own_python(), fence, ".", environment_for_tests(os.environ), Path(sys.argv[3]))
run = sites.open(repository.head).runner.run(timeout_seconds=120.0)
print(json.dumps([list(run.green), [failure.message for failure in run.failures.values()]]))
"""


def printed(code: str, *arguments: str) -> str:
    """What a new process prints that was started with the key in its environment."""
    env = {**os.environ, "OPENAI_API_KEY": KEY, "PYTHONPATH": str(Path(__file__).parents[3])}
    argv = [sys.executable, "-c", code, *arguments]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout


def test_the_key_is_crossed_out_for_others_and_stays_for_us() -> None:
    assert printed(HIDING).split() == ["('OPENAI_API_KEY',)", "True", "False", "False", "False"]


def test_what_is_not_set_is_not_hidden() -> None:
    assert printed("from tools.secrets.environment import hide\nprint(hide(('NOT_SET',)))") == "()\n"


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["off", "require"])
def test_a_test_that_searches_all_processes_finds_no_key(tmp_path: Path, mode: str) -> None:
    if mode == "require" and gaps():
        pytest.skip(gaps()[0])
    new_repository(tmp_path / "repo", {"test_a.py": SEARCH})
    said = printed(RUNS, str(tmp_path / "repo"), mode, str(tmp_path / "sites"))
    assert json.loads(said) == [["test_a.py::test_no_key_is_in_reach"], []]


def test_sites_pass_no_key_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    repository = new_repository(tmp_path / "repo", {"a.py": ""})
    assert [name for name, value in new_sites(repository, tmp_path / "sites").env.items() if value == KEY] == []
