"""Tasks from every source, and what is no task told by its place."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import UsageProblem
from agent.core.task import Task
from agent.tasks.load import Beside, Loaded, Problem, load_tasks

ROW = {
    "instance_id": "octo__lamp-1",
    "repo": "octo/lamp",
    "base_commit": "abc",
    "problem_statement": "It is dark.",
    "hints_text": None,
    "test_patch": "diff --git a/t b/t\n",
    "patch": "for graders alone",
    "version": "1.0",
    "FAIL_TO_PASS": ["test_lamp.py::test_lit"],
    "PASS_TO_PASS": [],
}
TASK = Task("octo__lamp-1", "octo/lamp", "abc", "It is dark.", "", ("test_lamp.py::test_lit",), (),
            "diff --git a/t b/t\n", source="tasks.jsonl:1")  # fmt: skip
SHA256 = hashlib.sha256(json.dumps(ROW, sort_keys=True).encode()).hexdigest()
LOADED = Loaded((TASK,), (), {"octo__lamp-1": Beside(SHA256, "for graders alone")})


def written(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def lines(*rows: Any) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


@pytest.mark.parametrize(
    "tests",
    [["a.py::b", "a.py::c"], '["a.py::b", "a.py::c"]', "['a.py::b', 'a.py::c']"],
    ids=["list", "json", "python"],
)
@pytest.mark.parametrize("name", ["FAIL_TO_PASS", "fail_to_pass"])
def test_tests_are_lists_or_texts_that_hold_one(name: str, tests: object, tmp_path: Path) -> None:
    row = {"instance_id": "x", name: tests}
    (task,) = load_tasks(written(tmp_path, "t.jsonl", lines(row))).tasks
    assert task.fail_to_pass == ("a.py::b", "a.py::c")


def test_a_row_of_swe_bench_becomes_a_task(tmp_path: Path) -> None:
    assert load_tasks(written(tmp_path, "tasks.jsonl", lines(ROW))) == LOADED


def test_the_hash_of_a_row_is_that_of_its_fields_whatever_their_order(tmp_path: Path) -> None:
    turned = dict(reversed(ROW.items()))
    assert load_tasks(written(tmp_path, "tasks.json", json.dumps([turned]))).beside == LOADED.beside


def test_a_solution_that_is_no_text_is_none(tmp_path: Path) -> None:
    loaded = load_tasks(written(tmp_path, "tasks.jsonl", lines({**ROW, "patch": ["a"]})))
    assert loaded.beside["octo__lamp-1"].gold_patch == ""


def test_extra_fields_name_the_interpreter_the_command_and_the_images(tmp_path: Path) -> None:
    images = json.dumps({"problem_statement": ["https://x/a.png"], "patch": []})
    row = {**ROW, "python": "/opt/python", "test_command": "pytest -x 'a b'", "image_assets": images, "difficulty": 3}
    (task,) = load_tasks(written(tmp_path, "tasks.jsonl", lines(row))).tasks
    assert (task.python, task.test_command) == ("/opt/python", ("pytest", "-x", "a b"))
    assert task.attachments == ("https://x/a.png",)


BAD: dict[str, tuple[str | bytes, str]] = {
    "no JSON": ("{", "not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    "a list": ("[1]", "a task is an object with named fields, this is a list"),
    "null": ("null", "a task is an object with named fields, this is null"),
    "no id": ('{"repo": "a/b"}', "it has no instance_id"),
    "a number as id": ('{"instance_id": 7}', "instance_id must be a text, it is a number"),
    "no list": ('{"instance_id": "x", "FAIL_TO_PASS": 7}', "FAIL_TO_PASS must be a list of tests, it is a number"),
    "tests no JSON": ('{"instance_id": "x", "FAIL_TO_PASS": "[a"}', "FAIL_TO_PASS is neither a list nor JSON of one"),
    "a NUL": ('{"instance_id": "x", "repo": "a\\u0000"}', "repo holds a NUL character"),
    "no words": ('{"instance_id": "x", "test_command": "\\""}', "test_command is no command: No closing quotation"),
    "twice": (json.dumps(ROW), "octo__lamp-1 is also at tasks.jsonl:1; the first one counts"),
    "not UTF-8": (b'{"instance_id": "x", "repo": "caf\xe9"}', "repo is not valid UTF-8"),
    "nested too deeply": ("[" * 100_000, "not valid JSON: nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_row_is_reported_with_its_line_and_skipped(case: str, tmp_path: Path) -> None:
    bad, reason = BAD[case]
    row = bad if isinstance(bad, bytes) else bad.encode()
    other = {**ROW, "instance_id": "octo__lamp-2"}
    path = written(tmp_path, "tasks.jsonl", lines(ROW).encode() + row + b"\n\n" + lines(other).encode())
    loaded = load_tasks(path)
    assert loaded.problems == (Problem("tasks.jsonl:2", f"skipped: {reason}"),)
    assert [(task.instance_id, task.source) for task in loaded.tasks] == [
        ("octo__lamp-1", "tasks.jsonl:1"),
        ("octo__lamp-2", "tasks.jsonl:4"),
    ]


def test_json_may_hold_a_list_one_row_or_rows_by_id(tmp_path: Path) -> None:
    other = {**ROW, "instance_id": "b"}
    assert [t.instance_id for t in load_tasks(written(tmp_path, "a.json", json.dumps([ROW, other]))).tasks] == [
        "octo__lamp-1",
        "b",
    ]
    assert [t.source for t in load_tasks(written(tmp_path, "b.json", json.dumps(ROW, indent=1))).tasks] == ["b.json"]
    by_id = {"one": {"repo": "a/b"}, "two": 7}
    loaded = load_tasks(written(tmp_path, "c.json", json.dumps(by_id)))
    assert [t.instance_id for t in loaded.tasks] == ["one"]
    assert [p.place for p in loaded.problems] == ["c.json: item 2"]


def test_json_that_is_broken_as_a_whole_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"tasks\.json is not valid JSON"):
        load_tasks(written(tmp_path, "tasks.json", "[{"))


def test_the_output_of_gh_becomes_issues(tmp_path: Path) -> None:
    issue = {
        "number": 12,
        "title": "Too dark",
        "body": "Nothing\nis lit.",
        "url": "https://github.com/octo/lamp/issues/12",
    }
    (task,) = load_tasks(written(tmp_path, "issues.json", json.dumps([issue]))).tasks
    assert (task.instance_id, task.repo) == ("octo__lamp-12", "octo/lamp")
    assert task.problem_statement == "Too dark\n\nNothing\nis lit."


def test_markdown_with_front_matter_is_an_issue(tmp_path: Path) -> None:
    text = "---\ntitle: Too dark\nrepo: octo/lamp\nbase_commit: abc\nFAIL_TO_PASS:\n  - a.py::b\n---\n\nIt is *dark*.\n"
    (task,) = load_tasks(written(tmp_path, "Too dark!.md", text)).tasks
    assert (task.instance_id, task.repo, task.base_commit) == ("too-dark", "octo/lamp", "abc")
    assert (task.problem_statement, task.fail_to_pass) == ("Too dark\n\nIt is *dark*.", ("a.py::b",))


def test_a_folder_is_loaded_file_by_file(tmp_path: Path) -> None:
    written(tmp_path, "b.md", "The second issue.")
    written(tmp_path, "a.jsonl", lines(ROW))
    written(tmp_path, "c.py", "no task")
    loaded = load_tasks(str(tmp_path))
    assert [(task.instance_id, task.source) for task in loaded.tasks] == [("octo__lamp-1", "a.jsonl:1"), ("b", "b.md")]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (lines(ROW), ["octo__lamp-1"]),
        ("It is dark.\n", ["stdin"]),
        ("FAILED tests/test_a.py::test_b - assert 1 == 2\n", ["tests-test_a"]),
        ("---\ninstance_id: x\n---\nDark.", ["x"]),
    ],
)
def test_standard_input_is_taken_for_what_it_looks_like(text: str, ids: list[str]) -> None:
    assert [task.instance_id for task in load_tasks("-", text.encode).tasks] == ids


def test_a_log_makes_a_task_of_each_file_with_failing_tests(tmp_path: Path) -> None:
    log = "FAILED t/test_a.py::test_x\nFAILED t/test_a.py::test_y\nERROR t/test_b.py\n"
    tasks = load_tasks(written(tmp_path, "ci.log", log)).tasks
    assert [(task.instance_id, task.fail_to_pass) for task in tasks] == [
        ("t-test_a", ("t/test_a.py::test_x", "t/test_a.py::test_y")),
        ("t-test_b", ("t/test_b.py",)),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("ci.log", "all passed\n", "ci.log names no failing test"),
        ("report.xml", "<testsuite", "report.xml names no failing test"),
        ("tasks.bin", b"PAR1...", "is Parquet"),
    ],
)
def test_a_file_without_tasks_is_a_usage_error(name: str, content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=message):
        load_tasks(written(tmp_path, name, content))


def test_what_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="no such file or folder"):
        load_tasks(str(tmp_path / "nothing"))
    with pytest.raises(UsageProblem, match="no tasks in"):
        load_tasks(str(tmp_path))


def test_parquet_is_read_row_by_row(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [{"instance_id": "a", "FAIL_TO_PASS": '["t.py::x"]'}, {"instance_id": None, "FAIL_TO_PASS": "[]"}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet")
    loaded = load_tasks(str(tmp_path / "t.parquet"))
    assert [(t.instance_id, t.fail_to_pass, t.source) for t in loaded.tasks] == [
        ("a", ("t.py::x",), "t.parquet: row 1")
    ]
    assert loaded.problems == (Problem("t.parquet: row 2", "skipped: it has no instance_id"),)


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path) -> None:
    try:
        import pyarrow
    except ImportError:
        with pytest.raises(UsageProblem, match="pyarrow is not installed") as raised:
            load_tasks(written(tmp_path, "t.parquet", b"PAR1"))
        assert "regreen[parquet]" in raised.value.hint
    else:
        with pytest.raises(UsageProblem, match="cannot be read as Parquet"):
            load_tasks(written(tmp_path, "t.parquet", b"PAR1"))
        assert pyarrow.__version__
