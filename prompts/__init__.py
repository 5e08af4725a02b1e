"""The words of regreen: one Markdown file a prompt, filled in strictly.

A field is written `{name}` in lower case; any other brace is plain text. A paragraph whose fields are all empty is left
out.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_FOLDER = Path(__file__).parent
_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class PromptError(ValueError):
    """A prompt does not exist, or its fields and the ones given differ."""


def names() -> list[str]:
    """Return the names of all prompts, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.md"))


def fields(name: str) -> frozenset[str]:
    """Return the fields that the prompt wants; raise PromptError if there is no such prompt."""
    return frozenset(_FIELD.findall(_read(name)))


def render(name: str, /, **values: str | int) -> str:
    """Return the prompt with each `{field}` replaced, without its last newline.

    Raise PromptError if there is no such prompt, a field has no value, or a value has no field.
    """
    return fill(_read(name), values, title=f"prompt {name}").removesuffix("\n")


def fill(template: str, values: Mapping[str, str | int], *, title: str) -> str:
    """Return the template with each `{field}` replaced; the title names it in a PromptError."""
    wanted = set(_FIELD.findall(template))
    if missing := wanted - values.keys():
        raise PromptError(f"{title}: no value for {_listed(missing)}")
    if unused := values.keys() - wanted:
        raise PromptError(f"{title}: no field called {_listed(unused)}")
    paragraphs = [part for part in template.split("\n\n") if _says_something(part, values)]
    # One pass, so that a brace inside a value is never taken for a field.
    return _FIELD.sub(lambda match: str(values[match[1]]), "\n\n".join(paragraphs))


def _says_something(paragraph: str, values: Mapping[str, str | int]) -> bool:
    named = _FIELD.findall(paragraph)
    return not named or any(values[field] != "" for field in named)


def _read(name: str) -> str:
    if name not in names():
        raise PromptError(f"no prompt called {name}; there are: {_listed(names())}")
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "none"
