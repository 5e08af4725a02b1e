"""Every prompt renders, and every place that renders one gives exactly its fields."""

import ast
from collections.abc import Iterator
from pathlib import Path

import prompts

ROOT = Path(__file__).parents[2]


def test_every_prompt_renders_with_its_own_fields() -> None:
    for name in prompts.names():
        rendered = prompts.render(name, **{field: f"<{field}>" for field in prompts.fields(name)})
        assert rendered.strip()
        assert all(f"<{field}>" in rendered for field in prompts.fields(name))


def test_every_call_of_render_names_a_prompt_and_gives_its_fields() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} render({name!r}) gives {sorted(given)}"
        for path in (ROOT / "agent").rglob("*.py")
        for line, name, given in _calls_of_render(path)
        if name not in prompts.names() or given != prompts.fields(name)
    ]
    assert wrong == []


def _calls_of_render(path: Path) -> Iterator[tuple[int, str, frozenset[str]]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name("render") | ast.Attribute(ast.Name("prompts"), "render"),
                args=[ast.Constant(str(name))],
                keywords=keywords,
            ) if all(keyword.arg for keyword in keywords):
                yield node.lineno, name, frozenset(keyword.arg or "" for keyword in keywords)
