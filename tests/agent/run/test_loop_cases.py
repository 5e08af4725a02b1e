"""Every page of tests/cases/loop is one behaviour of the loop: files, a script or a model's replies, how the run ends.

`pytest --rewrite` writes the ends anew.
"""

import base64
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from agent.core.message import Image
from tests.agent.context.test_stripped import PNG
from tests.e2e._conversation import Cast, converse
from tests.e2e._repositories import new_environment
from tests.e2e._script import Played, Turn, play
from tests.support import new_repository
from tools.testing.interpreter import Interpreter, probe

PAGES = sorted((Path(__file__).parents[2] / "cases" / "loop").glob("*.md"))
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^\n`]+)\n(?P<text>.*?)^(?P=ticks)$", re.MULTILINE | re.DOTALL)
NAMED_FILE = re.compile(r"^`(?P<name>[^`\n]+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([^`\n]+)`")
RULE = re.compile(r"^---$", re.MULTILINE)
MODEL = "Replies of "
DOT = base64.b64encode(PNG).decode("ascii")

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Page:
    """A case. Without `model` the turns are a script's; what the page has no section for is ""."""

    files: dict[str, str]
    issue: str
    images: tuple[str, ...]
    limits: dict[str, Any]
    model: str
    turns: tuple[Turn, ...]
    ends: dict[str, str]


# How a run ends: sections that are compared, in this order, and rewritten on demand.
ENDS = {"Transcript": "text", "Patch": "diff", "New tests": "diff"}


def read_page(text: str) -> Page:
    """Read the sections: Files, Issue, Images (names), Limits (of the Cast), Script or Replies, its end."""
    _, *parts = SECTION.split(text)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    (script,) = [title for title in sections if title == "Script" or title.startswith(MODEL)]
    return Page(
        files={found["name"]: found["text"] for found in NAMED_FILE.finditer(sections["Files"])},
        issue=sections.get("Issue", "").strip(),
        images=tuple(NAMED.findall(sections.get("Images", ""))),
        limits=tomllib.loads(_only_fence(sections["Limits"])) if "Limits" in sections else {},
        model=script.removeprefix(MODEL) if script.startswith(MODEL) else "",
        turns=_turns(sections[script]),
        ends={title: _only_fence(sections[title]) if title in sections else "" for title in ENDS},
    )


def _turns(script: str) -> tuple[Turn, ...]:
    """Prose begins a turn, and each fence after it is a call of the tool that its info string names. So does a rule."""
    first, *rest = FENCE.split(script)
    turns = _spoken(first)
    for _, info, text, prose in zip(*[iter(rest)] * 4, strict=True):
        turns[-1] = replace(turns[-1], calls=(*turns[-1].calls, _call(info, text)))
        turns += _spoken(prose)
    return tuple(turns)


def _spoken(prose: str) -> list[Turn]:
    at_once, *later = (words.strip() for words in RULE.split(prose))
    return [Turn(words) for words in ([at_once] if at_once else []) + later]


def _call(info: str, text: str) -> tuple[str, dict[str, object]]:
    language, tool = info.split()
    return tool, {"patch": text} if language == "diff" else tomllib.loads(text)


def _only_fence(section: str) -> str:
    (found,) = FENCE.finditer(section)
    return found["text"]


def with_ends(text: str, ends: dict[str, str]) -> str:
    """The page with another end."""
    start = text.index("## Transcript")
    sections = [f"## {title}\n\n```{ENDS[title]}\n{content}```\n" for title, content in ends.items() if content]
    return text[:start] + "\n".join(sections)


def _played(case: Page, folder: Path, interpreter: Interpreter) -> Played:
    repo = new_repository(folder / "repo", case.files).root
    if not case.model:
        return play(repo, case.turns, folder / "scratch", interpreter)
    images = tuple(Image(name, "image/png", DOT) for name in case.images)
    cast = Cast(case.model, case.turns, case.issue, images, **case.limits)
    return converse(repo, cast, folder / "scratch", interpreter)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    """An interpreter without the plug-ins that slow each run down."""
    return probe(new_environment(tmp_path_factory.mktemp("environment") / "env") / "bin" / "python", "the test's")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_loop_goes_as_the_page_says(
    page: Path, quick: Interpreter, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    text = page.read_text(encoding="utf-8")
    case = read_page(text)
    played = _played(case, tmp_path, quick)
    transcript = "\n".join(played.transcript) + "\n"
    contents = (transcript, played.outcome.model_patch, played.outcome.test_patch_out)
    ends = dict(zip(ENDS, contents, strict=True))
    if pytestconfig.getoption("rewrite"):
        page.write_text(with_ends(text, ends), encoding="utf-8")
    else:
        assert ends == case.ends
