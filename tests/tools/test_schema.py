"""A tool is a typed, documented function: its schema is read from it and its arguments are checked against that."""

from typing import Annotated, Any

import pytest

from tools.context import ToolContext
from tools.errors import ToolError
from tools.explore import read_file
from tools.schema import check_arguments, tool_spec
from tools.spec import ToolSpec


def everything(
    ctx: ToolContext,
    word: Annotated[str, "A word."],
    number: Annotated[int, "A number."],
    share: float = 0.5,
    wanted: bool = False,
    names: Annotated[list[str], "Some names."] = [],  # noqa: B006  (never called)
) -> str:
    """Do everything.

    In two lines.
    """
    return f"{ctx}{word}{number}{share}{wanted}{names}"


def nothing(ctx: ToolContext) -> str:
    """Do nothing."""
    return ""


def test_the_signature_is_the_schema() -> None:
    assert tool_spec(everything) == ToolSpec(
        name="everything",
        description="Do everything.\n\nIn two lines.",
        parameters={
            "type": "object",
            "properties": {
                "word": {"type": "string", "description": "A word."},
                "number": {"type": "integer", "description": "A number."},
                "share": {"type": "number"},
                "wanted": {"type": "boolean"},
                "names": {"type": "array", "items": {"type": "string"}, "description": "Some names."},
            },
            "required": ["word", "number"],
            "additionalProperties": False,
        },
        function=everything,
    )


def test_a_tool_of_the_house_as_a_model_sees_it() -> None:
    spec = tool_spec(read_file)
    assert (spec.name, spec.description, spec.parameters["required"]) == (
        "read_file",
        "Show a text file, or its lines from start to end.",
        ["path"],
    )
    assert {name: schema["type"] for name, schema in spec.parameters["properties"].items()} == {
        "path": "string",
        "start": "integer",
        "end": "integer",
    }


def test_a_tool_without_arguments_has_an_empty_schema() -> None:
    assert tool_spec(nothing).parameters == {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }


def test_a_function_that_cannot_be_a_tool_is_the_developers_error() -> None:
    def undocumented(ctx: ToolContext) -> str:
        return ""

    def untyped(ctx: ToolContext, value: dict[str, str]) -> str:
        """Take what JSON schemas of ours do not know."""
        return ""

    with pytest.raises(TypeError, match="tool undocumented has no docstring"):
        tool_spec(undocumented)
    with pytest.raises(TypeError, match="no JSON type for"):
        tool_spec(untyped)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ({"word": "a"}, "missing-argument", "everything needs 'number'"),
        ({"word": "a", "number": 1, "wrod": "b"}, "unknown-argument", "everything has no argument 'wrod'"),
        ({"word": 1, "number": 1}, "wrong-type", "everything: word must be of type string"),
        ({"word": "a", "number": "1"}, "wrong-type", "everything: number must be of type integer"),
        ({"word": "a", "number": True}, "wrong-type", "everything: number must be of type integer"),
        ({"word": "a", "number": 1.5}, "wrong-type", "everything: number must be of type integer"),
        ({"word": "a", "number": 1, "share": True}, "wrong-type", "everything: share must be of type number"),
        ({"word": "a", "number": 1, "wanted": 1}, "wrong-type", "everything: wanted must be of type boolean"),
        ({"word": "a", "number": 1, "names": "a"}, "wrong-type", "everything: names must be of type array"),
        ({"word": "a", "number": 1, "names": ["a", 1]}, "wrong-type", "everything: names must be of type array"),
        ({"word": None, "number": 1}, "wrong-type", "everything: word must be of type string"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(ToolError) as refusal:
        check_arguments(tool_spec(everything), arguments)
    assert (refusal.value.code, refusal.value.message) == (code, message)


@pytest.mark.parametrize(
    "arguments",
    [
        {"word": "", "number": 0},
        {"word": "a", "number": -1, "share": 1, "wanted": True, "names": []},
        {"names": ["a"], "number": 1, "word": "a", "share": 0.1},
    ],
)
def test_arguments_that_fit_pass(arguments: dict[str, Any]) -> None:
    check_arguments(tool_spec(everything), arguments)
