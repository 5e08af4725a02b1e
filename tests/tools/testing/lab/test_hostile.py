"""Candidates that misbehave, each in the sandbox: the lab survives them, and nothing they did reaches the next."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support import files_of, needs_bubblewrap, new_repository, new_sites
from tools.patch import Edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.lab.said import TrialResult
from tools.testing.site import Site
from tools.workspace.sandbox.bubblewrap import Bubblewrap

pytestmark = [pytest.mark.slow, needs_bubblewrap]
BODY = "    return len((HERE / 'data.txt').read_text()) + number\n"
FILES = {
    "product.py": f"from pathlib import Path\n\nHERE = Path(__file__).parent\n\n\ndef size(number):\n{BODY}",
    "other.py": "def same(value):\n    return value\n",
    "data.txt": "data",
    "test_product.py": """\
from product import size

def test_before():
    pass

def test_size():
    assert size(1) == 5

def test_other():
    import other
    assert other.same(3) == 3
""",
}
TESTS = ("test_product.py::test_before", "test_product.py::test_size", "test_product.py::test_other")
HOSTILE = {
    "loops for ever": "while True: pass",
    "swallows every exception for ever": "while True:\n        try: 1 / 0\n        except BaseException: pass",
    "sleeps": "import time; time.sleep(600)",
    "recurses for ever": "return size(number)",
    "ends the process": "import os; os._exit(0)",
    "exits": "raise SystemExit(0)",
    "interrupts": "raise KeyboardInterrupt",
    "becomes another program": "import os; os.execv('/bin/true', ['true'])",
    "kills itself": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "stops itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "kills its parent": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
    "stops its parent": "import os, signal; os.kill(os.getppid(), signal.SIGSTOP)",
    "kills everything": "import os, signal; os.kill(-1, signal.SIGKILL)",
    "wants all the memory": "return len(bytearray(1 << 40))",
    "closes every file": "import os; os.closerange(0, 1000)",
    "writes to every file": "import contextlib, os\n    for fd in range(3, 99):\n"
    "        with contextlib.suppress(OSError): os.write(fd, b'{}\\n')",
    "deletes a file": "(HERE / 'data.txt').unlink()",
    "deletes the tree": "import shutil; shutil.rmtree(HERE, ignore_errors=True)",
    "rewrites the product": "(HERE / 'other.py').write_text('def same(value):\\n    return None\\n')",
    "rewrites its own file": "Path(__file__).write_text('raise RuntimeError\\n')",
    "leaves files behind": "(HERE / 'other').mkdir(); (HERE / 'other' / '__init__.py').write_text('')",
    "starts threads": "import threading\n    for _ in '123': threading.Thread(target=threading.Event().wait).start()",
    "leaves a daemon": "import os\n    if os.fork() == 0:\n        os.setsid()\n        while True: pass",
    "changes folder": "import os; os.chdir('/')",
    "breaks the report": "import _pytest.runner; _pytest.runner.call_and_report = None",
    "fails quietly": "return number",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A lab with one worker, and the site it works on."""

    lab: Lab
    site: Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    home = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{name}_NAME", "Ada Example")
            patch.setenv(f"GIT_{name}_EMAIL", "ada@example.com")
        patch.setenv("HOME", str(home))
        repository = new_repository(home / "repo", FILES)
        assert repository.head
        return new_sites(repository, home / "sites", Bubblewrap).open(repository.head)


@pytest.fixture
def opened(site: Site) -> Iterator[Opened]:
    site.workspace.reset()
    with Lab([Place(site.runner, site.workspace.tree, site.workspace.reset)], TESTS, {}) as lab:
        yield Opened(lab, site)


def edit_of(code: str) -> Edit:
    start = FILES["product.py"].index(BODY)
    return Edit("product.py", start, start + len(BODY), f"    {code}\n")


HARMLESS = edit_of(BODY.strip() + "  # as it was")


def try_one(lab: Lab, edit: Edit) -> TrialResult:
    (result,) = lab.try_edits([edit], TESTS)
    return result


@pytest.mark.parametrize("what", HOSTILE)
def test_the_lab_survives_an_edit_that(opened: Opened, what: str) -> None:
    assert not try_one(opened.lab, edit_of(HOSTILE[what])).passes(TESTS)
    assert files_of(opened.site.workspace.tree) == {name: text.encode() for name, text in FILES.items()}
    after = try_one(opened.lab, HARMLESS)
    assert (after.passes(TESTS), after.warm) == (True, True)
    assert not try_one(opened.lab, edit_of("return number + 5")).passes(TESTS)


@pytest.mark.parametrize(
    ("what", "outcome"),
    [("loops for ever", "timeout"), ("ends the process", "died"), ("exits", "done"), ("recurses for ever", "done")],
)
def test_it_says_how_a_trial_ended(opened: Opened, what: str, outcome: str) -> None:
    assert try_one(opened.lab, edit_of(HOSTILE[what])).outcome == outcome


def test_a_cold_trial_that_ends_without_its_end_record_does_not_pass(opened: Opened) -> None:
    """At module level, so that it takes a cold run; all tests have passed when the process is ended."""
    code = (
        "import _pytest.main, os\n"
        "_pytest.main.Session.exitstatus = property(lambda self: os._exit(0), lambda self, value: None)\n"
    )
    start = FILES["product.py"].index("HERE = ")
    result = try_one(opened.lab, Edit("product.py", start, start, code))
    assert (len(result.statuses), result.warm, result.passes(TESTS)) == (3, False, False)
