"""Tool calls as text: a fenced block with the tool's name and its raw argument, for models without calls of their own.

    ```read_file
    path: shop/price.py
    start: 10
    ```

One argument is the whole block; several are lines `name: value`; the items of a list have a line `%%` between them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.spec import ToolCall, ToolSpec

BETWEEN_ITEMS = "%%"
_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,})[ \t]*(?P<name>[\w.-]*)[ \t]*")
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
Properties = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Block:
    """A call as it was written; `closed` is false where the reply ended inside it."""

    name: str
    lines: tuple[str, ...]
    closed: bool = True


def split(text: str, tools: Sequence[ToolSpec]) -> tuple[str, tuple[Block, ...]]:
    """The words of a reply without its calls, and the calls. Other fenced blocks, like examples of code, are words."""
    known = {tool.name for tool in tools}
    words: list[str] = []
    calls: list[Block] = []
    for part in _parts(text.splitlines()):
        # Languages have no underscore in their names; a tool that does not exist is to be told so.
        if isinstance(part, Block) and (part.name in known or "_" in part.name):
            calls.append(part)
        else:
            words.extend(_lines(part) if isinstance(part, Block) else [part])
    return "\n".join(words).strip(), tuple(calls)


def _parts(lines: Sequence[str]) -> Iterator[str | Block]:
    """Lines, and fenced blocks as one: a block ends at a bare fence of its own kind, at least as long."""
    rest = iter(lines)
    for line in rest:
        opening = _FENCE.fullmatch(line)
        if opening is None:
            yield line
            continue
        inside: list[str] = []
        closed = False
        for other in rest:
            closed = _closes(other, opening["fence"])
            if closed:
                break
            inside.append(other)
        yield Block(opening["name"], tuple(inside), closed)


def _closes(line: str, fence: str) -> bool:
    bare = line.rstrip()
    return bare.startswith(fence) and not bare.strip(fence[0])


def _lines(block: Block) -> list[str]:
    return [f"```{block.name}", *block.lines, *(["```"] if block.closed else [])]


def arguments_of(block: Block, tools: Sequence[ToolSpec]) -> dict[str, Any]:
    """What a block says, by parameter; what does not fit stays text, and the tool will refuse it in its own words."""
    tool = next((tool for tool in tools if tool.name == block.name), None)
    properties: Properties = tool.parameters["properties"] if tool is not None else {}
    if not any(line.strip() for line in block.lines):
        return {}
    if (given := _as_json(block)) is not None and given.keys() <= properties.keys():
        return given
    texts = _named_values(block.lines, list(properties))
    return {name: _value(lines, properties.get(name, {})) for name, lines in texts.items()}


def _as_json(block: Block) -> dict[str, Any] | None:
    """Some models write JSON whatever they are told."""
    try:
        given = json.loads("\n".join(block.lines), strict=False)
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def _named_values(lines: Sequence[str], names: Sequence[str]) -> dict[str, list[str]]:
    """The lines of each argument; a line that names none belongs to the one before it, or to the first argument."""
    if len(names) <= 1:
        return {names[0] if names else "argument": list(lines)}
    values: dict[str, list[str]] = {}
    current = names[0]
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.strip() in names:
            current = name.strip()
            values[current] = [value.strip()] if value.strip() else []
        else:
            values.setdefault(current, []).append(line)
    return values


def _value(lines: Sequence[str], schema: Mapping[str, Any]) -> Any:
    text = "\n".join(lines)
    kind = schema.get("type")
    if kind == "array":
        return [_value(item.split("\n"), schema.get("items", {})) for item in _items(text)]
    if kind == "boolean":
        return _TRUTH.get(text.strip().lower(), text)
    if kind in ("integer", "number"):
        return _number(text.strip(), int if kind == "integer" else float)
    # A text of several lines, like a patch, keeps its last line end.
    return f"{text}\n" if len(lines) > 1 else text.strip()


def _items(text: str) -> list[str]:
    items = re.split(rf"^{BETWEEN_ITEMS}[ \t]*$\n?", text, flags=re.MULTILINE)
    return [item.removesuffix("\n") for item in items if item.strip()]


def _number(text: str, kind: type[int] | type[float]) -> object:
    try:
        return kind(text)
    except ValueError:
        return text


def written(call: ToolCall, tools: Sequence[ToolSpec]) -> str:
    """A call as a block, for the history of a conversation."""
    tool = next((tool for tool in tools if tool.name == call.name), None)
    single = tool is not None and len(tool.parameters["properties"]) == 1
    if single:
        body = "".join(map(_text_of, call.arguments.values()))
    else:
        body = "\n".join(_line_of(name, _text_of(value)) for name, value in call.arguments.items())
    longest = max((len(run) for run in re.findall(r"^`{3,}", body, re.MULTILINE)), default=2)
    fence = "`" * (longest + 1)
    return "\n".join(filter(None, [f"{fence}{call.name}", body.removesuffix("\n"), fence]))


def _line_of(name: str, text: str) -> str:
    return f"{name}:\n{text}" if "\n" in text else f"{name}: {text}"


def _text_of(value: object) -> str:
    if isinstance(value, list):
        return f"\n{BETWEEN_ITEMS}\n".join(_text_of(item).removesuffix("\n") for item in value)
    return value if isinstance(value, str) else json.dumps(value)


def described(tool: ToolSpec) -> str:
    """A tool in words: its name, what it does, its arguments."""
    required = tool.parameters["required"]
    rows = [
        f"- {name}{_kind(schema)}: {schema.get('description', '')}{'' if name in required else ' Optional.'}"
        for name, schema in tool.parameters["properties"].items()
    ]
    return "\n".join([f"## {tool.name}", tool.description, *(["Arguments:", *rows] if rows else ["No argument."])])


def _kind(schema: Mapping[str, Any]) -> str:
    kind = {"array": "list", "string": ""}.get(schema["type"], schema["type"])
    return f" ({kind})" if kind else ""
