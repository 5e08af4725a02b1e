"""The tools a proposer may call, by name. Every failure a proposer can mend comes back as an observation."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tools.context import ToolContext
from tools.errors import ToolError
from tools.schema import check_arguments, tool_spec
from tools.spec import Observation, Result, ToolCall, ToolSpec


class Registry:
    """Holds tool specs in the order they are shown; `call` never raises ToolError.

    `redact` takes the secrets out of every observation, once.
    """

    def __init__(
        self, functions: Iterable[Callable[..., str | Result]], redact: Callable[[str], str] = lambda text: text
    ) -> None:
        specs = [tool_spec(function) for function in functions]
        self._redact = redact
        self._specs = {spec.name: spec for spec in specs}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """All tools, in order."""
        return tuple(self._specs.values())

    def call(self, call: ToolCall, ctx: ToolContext) -> Observation:
        """Run one call against the context."""
        try:
            result = self._run(call, ctx)
        except ToolError as error:
            return Observation(call.call_id, self._redact(str(error)), ok=False, code=error.code)
        return Observation(call.call_id, self._redact(result.text), data=result.data)

    def _run(self, call: ToolCall, ctx: ToolContext) -> Result:
        spec = self._specs.get(call.name)
        if spec is None:
            raise ToolError("unknown-tool", f"there is no tool {call.name!r}", f"tools: {', '.join(self._specs)}")
        check_arguments(spec, call.arguments)
        result = spec.function(ctx, **call.arguments)
        return result if isinstance(result, Result) else Result(result)
