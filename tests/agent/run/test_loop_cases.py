"""Every page of tests/cases/loop is one behaviour of the loop: files, a script, its transcript and its patch."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e._repositories import new_environment
from tests.e2e._script import Turn, play
from tests.support import new_repository
from tools.testing.interpreter import Interpreter, probe

PAGES = sorted((Path(__file__).parents[2] / "cases" / "loop").glob("*.md"))
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```(?P<info>[^\n]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED_FILE = re.compile(r"^`(?P<name>[^`\n]+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Page:
    """A case: `patch` is "" when the page has no such section."""

    files: dict[str, str]
    turns: tuple[Turn, ...]
    transcript: str
    patch: str


def read_page(text: str) -> Page:
    """Read the sections Files, Script, Transcript and Patch of a page."""
    _, *parts = SECTION.split(text)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    return Page(
        files={found["name"]: found["text"] for found in NAMED_FILE.finditer(sections["Files"])},
        turns=tuple(_turns(sections["Script"])),
        transcript=_only_fence(sections["Transcript"]),
        patch=_only_fence(sections["Patch"]) if "Patch" in sections else "",
    )


def _turns(script: str) -> Iterator[Turn]:
    """A paragraph is a thought, and each fence after it a call of the tool that its info string names."""
    thoughts_and_calls = FENCE.split(script.strip())
    thought, calls = thoughts_and_calls[0].strip(), []
    for info, text, prose in zip(*[iter(thoughts_and_calls[1:])] * 3, strict=True):
        calls.append(_call(info, text))
        if prose.strip():
            yield Turn(thought, tuple(calls))
            thought, calls = prose.strip(), []
    yield Turn(thought, tuple(calls))


def _call(info: str, text: str) -> tuple[str, dict[str, object]]:
    language, tool = info.split()
    return tool, {"patch": text} if language == "diff" else tomllib.loads(text)


def _only_fence(section: str) -> str:
    (found,) = FENCE.finditer(section)
    return found["text"]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    """An interpreter without the plug-ins that slow each run down."""
    return probe(new_environment(tmp_path_factory.mktemp("environment") / "env") / "bin" / "python", "the test's")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_loop_goes_as_the_page_says(page: Path, quick: Interpreter, tmp_path: Path) -> None:
    case = read_page(page.read_text(encoding="utf-8"))
    repository = new_repository(tmp_path / "repo", case.files)
    played = play(repository.root, case.turns, tmp_path / "scratch", quick)
    assert "\n".join(played.transcript) + "\n" == case.transcript
    assert played.outcome.model_patch == case.patch
