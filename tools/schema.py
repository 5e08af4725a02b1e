"""JSON schemas from signatures: the signature is the only description of a tool's arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from tools.errors import ToolError
from tools.spec import Result, ToolSpec

_TYPES: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def tool_spec(function: Callable[..., str | Result]) -> ToolSpec:
    """Read a tool from a function `(ctx, …)` whose parameters are annotated `Annotated[type, "what it is"]`.

    Raises TypeError for a parameter without a type JSON knows, or a function without a docstring.
    """
    if not function.__doc__:
        raise TypeError(f"tool {function.__name__} has no docstring")
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    properties = {parameter.name: _property(hints[parameter.name]) for parameter in parameters}
    required = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return ToolSpec(function.__name__, inspect.cleandoc(function.__doc__), schema, function)


def _property(hint: object) -> dict[str, Any]:
    kind, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    described = {"description": str(notes[0])} if notes else {}
    if get_origin(kind) is list:
        return {"type": "array", "items": _property(get_args(kind)[0]), **described}
    if kind not in _TYPES:
        raise TypeError(f"no JSON type for {kind!r}")
    return {"type": _TYPES[kind], **described}


def check_arguments(spec: ToolSpec, arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that do not fit the schema with a ToolError that says which and what is wanted."""
    properties = spec.parameters["properties"]
    unknown = sorted(set(arguments) - set(properties))
    missing = [name for name in spec.parameters["required"] if name not in arguments]
    wanted = ", ".join(properties) or "no arguments"
    if unknown:
        raise ToolError("unknown-argument", f"{spec.name} has no argument {unknown[0]!r}", f"it takes: {wanted}")
    if missing:
        raise ToolError("missing-argument", f"{spec.name} needs {missing[0]!r}", f"it takes: {wanted}")
    for name, value in arguments.items():
        if not _fits(value, properties[name]):
            raise ToolError("wrong-type", f"{spec.name}: {name} must be of type {properties[name]['type']}")


def _fits(value: object, schema: Mapping[str, Any]) -> bool:
    if schema["type"] == "array":
        return isinstance(value, list) and all(_fits(item, schema["items"]) for item in value)
    if schema["type"] == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if schema["type"] == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "boolean": bool}[schema["type"]])
