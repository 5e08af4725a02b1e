"""A task from one row: SWE-bench's fields in all their spellings, or an issue as GitHub's tools write it."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.core.task import Task
from agent.tasks.authors import author_of, comments_of, is_allowed, readable, why_not

ISSUE_PAGE = re.compile(r"https?://[^/]+/([\w.-]+/[\w.-]+)/(?:issues|pull|-/issues)/\d+")
NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
LONGEST_NAME = 60
Row = Mapping[str, Any]


class BadRow(ValueError):
    """A row that is no task; the text says why."""


def task_from_row(row: object, source: str, authors: Sequence[str] = ()) -> Task:
    """The task in a row of a data set, or in an issue; BadRow for anything else.

    Where there are `authors`, text by anybody else is no task, nor are his comments part of one.
    """
    if not isinstance(row, dict):
        raise BadRow(f"a task is an object with named fields, this is {_kind(row)}")
    author = author_of(row)
    if is_issue(row):
        row = _of_issue(row, authors)
    fields: dict[str, Any] = {name: read(row) for name, read in READERS.items()}
    if not fields["instance_id"]:
        raise BadRow("it has no instance_id")
    if (fields["problem_statement"] or fields["hints_text"]) and not is_allowed(author, authors):
        raise BadRow(why_not(author))
    return Task(**fields, source=source)


def is_issue(row: Row) -> bool:
    """Whether a row is an issue as GitHub's tools write it."""
    return "instance_id" not in row and ("title" in row or "body" in row)


def issue_text(row: Row, authors: Sequence[str]) -> str:
    """Title, body and comments of an issue, with the names of those who commented."""
    said = [f"{one.author or 'someone'} commented:\n{one.text}" for one in readable(comments_of(row), authors).comments]
    return "\n\n".join(filter(None, [_text(row, "title"), _text(row, "body"), *said]))


def gold_patch(row: object) -> str:
    """The reference solution of a row, which is for those who grade alone; "" for none."""
    found = row.get("patch") if isinstance(row, dict) else None
    return found if isinstance(found, str) else ""


def row_hash(row: object) -> str:
    """What a row was: the hash of all its fields, in whatever order and file format they came."""
    said = json.dumps(row, sort_keys=True, default=str)
    return hashlib.sha256(said.encode("ascii")).hexdigest()


def slug(text: str) -> str:
    """A text as a short name."""
    return NO_NAME.sub("-", text).strip("-.").lower()[:LONGEST_NAME]


def _of_issue(row: Row, authors: Sequence[str]) -> dict[str, Any]:
    """The fields of a task from an issue: `gh issue list --json number,title,body,url`, or one written by hand."""
    title = _text(row, "title")
    number = row.get("number", row.get("id", ""))
    page = ISSUE_PAGE.match(_text(row, "url") or _text(row, "html_url"))
    repo = page[1] if page else ""
    name = f"{repo.replace('/', '__')}-{number}" if repo and number != "" else f"issue-{number}"
    issue = {"instance_id": name if number != "" else slug(title), "repo": repo}
    return {**issue, **row, "problem_statement": issue_text(row, authors)}


def _text(row: Row, *names: str) -> str:
    """The first of these fields that holds something; BadRow when it is no text."""
    value = next((row[name] for name in names if row.get(name) is not None), "")
    if not isinstance(value, str):
        raise BadRow(f"{names[0]} must be a text, it is {_kind(value)}")
    return _whole(value, names[0])


def _whole(text: str, name: str) -> str:
    """The text; BadRow where no process could be given it."""
    if "\0" in text:
        raise BadRow(f"{name} holds a NUL character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadRow(f"{name} is not valid UTF-8") from error
    return text


def _list(row: Row, *names: str) -> tuple[str, ...]:
    """A list of texts, or one written as a text in JSON or Python."""
    value = next((row[name] for name in names if row.get(name) is not None), ())
    if isinstance(value, str):
        value = _parsed(value, names[0])
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise BadRow(f"{names[0]} must be a list of tests, it is {_kind(value)}")
    return tuple(dict.fromkeys(_whole(item, names[0]) for item in value))


def _parsed(text: str, name: str) -> object:
    if not text.strip():
        return ()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise BadRow(f"{name} is neither a list nor JSON of one") from error


def _command(row: Row) -> tuple[str, ...]:
    value = row.get("test_command")
    try:
        whole = _whole(value, "test_command") if isinstance(value, str) else None
        return _list(row, "test_command") if whole is None else tuple(shlex.split(whole))
    except ValueError as error:
        raise BadRow(f"test_command is no command: {error}") from error


def _images(row: Row) -> tuple[str, ...]:
    """The images of SWE-bench Multimodal's issues."""
    assets = row.get("image_assets")
    if isinstance(assets, str):
        assets = _parsed(assets, "image_assets")
    found = assets.get("problem_statement", ()) if isinstance(assets, dict) else ()
    items = found if isinstance(found, list | tuple) else ()
    return tuple(_whole(item, "image_assets") for item in items if isinstance(item, str))


def _kind(value: object) -> str:
    return next((word for kind, word in KINDS if isinstance(value, kind)), "something else")


KINDS = ((type(None), "null"), (bool, "true or false"), (int | float, "a number"), (str, "a text"),
         (list | tuple, "a list"), (dict, "an object"))  # fmt: skip
READERS: dict[str, Callable[[Row], object]] = {
    "instance_id": lambda row: _text(row, "instance_id").strip(),
    "repo": lambda row: _text(row, "repo").strip().strip("/"),
    "base_commit": lambda row: _text(row, "base_commit").strip(),
    "problem_statement": lambda row: _text(row, "problem_statement"),
    "hints_text": lambda row: _text(row, "hints_text"),
    "fail_to_pass": lambda row: _list(row, "FAIL_TO_PASS", "fail_to_pass"),
    "pass_to_pass": lambda row: _list(row, "PASS_TO_PASS", "pass_to_pass"),
    "test_patch": lambda row: _text(row, "test_patch"),
    "test_command": _command,
    "attachments": _images,
    "python": lambda row: _text(row, "python"),
}
