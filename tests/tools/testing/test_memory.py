"""Remembered runs: what comes back is what was put in; what is damaged, foreign or too old is not believed."""

from pathlib import Path

from tests.support import own_python, write_files
from tools.testing.memory import KEPT, Memory, environment_key
from tools.testing.results import Failure, Frame, TestRun, TestStatus

RED = "t.py::b[é ::]"
RUN = TestRun(
    statuses={"t.py::a": TestStatus.PASSED, RED: TestStatus.FAILED},
    failures={
        "t.py::b[é ::]": Failure("t.py::b[é ::]", "call", "ValueError", "no\n", (Frame("m.py", 3, "f"),), "trace")
    },
    durations={"t.py::a": 0.25},
    lines={"t.py::a": {"m.py": frozenset({1, 2, 3, 7, 9, 10}), "n.py": frozenset()}},
    exit_code=1,
    seconds=1.5,
    complete=True,
)


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "suites", "e" * 16)
    memory.put("a" * 40, RUN)
    assert memory.get("a" * 40) == RUN
    assert memory.newest() == ("a" * 40, RUN)


def test_another_tree_or_environment_knows_nothing(tmp_path: Path) -> None:
    Memory(tmp_path, "e" * 16).put("a" * 40, RUN)
    assert Memory(tmp_path, "e" * 16).get("b" * 40) is None
    assert (Memory(tmp_path, "f" * 16).get("a" * 40), Memory(tmp_path, "f" * 16).newest()) == (None, None)


def test_only_complete_runs_are_remembered_and_only_a_few(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "e" * 16)
    memory.put("a" * 40, TestRun(statuses=RUN.statuses, complete=False))
    assert list(tmp_path.iterdir()) == []
    for number in range(KEPT + 3):
        memory.put(f"{number:040}", RUN)
    assert len(list(tmp_path.iterdir())) == KEPT
    assert memory.get(f"{KEPT + 2:040}") == RUN


def test_what_is_damaged_is_not_believed(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "e" * 16)
    memory.put("a" * 40, RUN)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for damaged in (b"", whole[:-9], b"no gzip", whole[:30] + b"\0\0" + whole[32:]):
        file.write_bytes(damaged)
        assert memory.get("a" * 40) is None
    assert memory.newest() is None


def test_the_environment_is_its_interpreter_variables_and_carried_files() -> None:
    def key(root: str = ".", value: str = "1", size: int = 5) -> str:
        return environment_key(own_python(), root, {"A": value}, [("_version.py", size, 7)])

    assert key() == key()
    assert len({key(), key(root="sub"), key(value="2"), key(size=6)}) == 4


def test_a_folder_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    write_files(tmp_path, {"suites": "a file\n"})
    memory = Memory(tmp_path / "suites", "e" * 16)
    memory.put("a" * 40, RUN)
    assert (memory.get("a" * 40), memory.newest()) == (None, None)
