"""The documentation names what there is: every command and option, every benchmark, only real make targets."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = ROOT / "docs" / "cli.md"


def test_docs_name_every_command_and_each_of_its_options() -> None:
    if importlib.util.find_spec("agent.cli") is None or importlib.util.find_spec("agent.cli.app") is None:
        pytest.skip("there is no command line yet")
    from typer.main import get_command

    from agent.cli.app import command_line

    sections = sections_of(COMMANDS.read_text(encoding="utf-8"))
    assert undocumented(sections, dict(options_of(get_command(command_line()), "regreen"))) == []


def test_an_undocumented_command_or_option_is_found() -> None:
    sections = sections_of("# `regreen`\nno options\n## `regreen fix`\n`--json`, `--no-apply`\n### Notes\n`--late`\n")
    options = {"regreen": ["--version"], "regreen fix": ["--json", "--apply", "--late"], "regreen runs": []}
    assert undocumented(sections, options) == ["regreen: --version", "regreen fix: --apply", "regreen runs: no heading"]


def test_the_benchmarks_table_names_every_benchmark() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    names = [path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py") if path.stem != "run"]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_page_about_patches_names_every_refusal() -> None:
    raised = re.compile(r'PatchError\(\s*"([a-z_-]+)"')
    sources = [*(ROOT / "tools" / "patch").rglob("*.py"), ROOT / "tools" / "ledger.py"]
    codes = {code for path in sources for code in raised.findall(path.read_text(encoding="utf-8"))}
    page = (ROOT / "docs" / "patches.md").read_text(encoding="utf-8")
    assert codes >= {"ambiguous", "no-match"}
    assert {code for code in codes if f"`{code}`" not in page} == {"bad-span"}  # of an edit, not of a patch


def test_documents_speak_only_of_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    documents = [path for folder in (".", "docs", "tests", "benchmarks") for path in (ROOT / folder).glob("*.md")]
    named = {match for path in documents for match in re.findall(r"`make ([a-z]+)", path.read_text(encoding="utf-8"))}
    assert named - targets == set()


def sections_of(text: str) -> dict[str, str]:
    """Map `regreen fix` to all that stands between its heading and the next command's."""
    parts = re.split(r"^#+ `?(regreen[a-z -]*)`?.*$", text, flags=re.MULTILINE)
    return {name.strip(): body for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def options_of(command: Any, name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each visible command below this one with the long spellings of its options."""
    spellings = [word for param in command.params for word in (*param.opts, *param.secondary_opts)]
    yield name, [word for word in spellings if word.startswith("--")]
    for child, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from options_of(inner, f"{name} {child}")


def undocumented(sections: dict[str, str], options: dict[str, list[str]]) -> list[str]:
    """Say which commands have no heading and which options their section does not name."""
    without_heading = [f"{name}: no heading" for name in options if name not in sections]
    without_mention = [
        f"{name}: {word}"
        for name, words in options.items()
        for word in words
        if name in sections and not re.search(rf"(?<![\w-]){word}(?![\w-])", sections[name])
    ]
    return without_mention + without_heading
