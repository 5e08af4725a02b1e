"""What can go wrong between us and an endpoint: one table says how often to try again and what the user is told."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any

from agent.core.errors import ContextTooLong, EndpointProblem, KeyRefused, ModelUnknown, RegreenError
from agent.core.message import Message, Reply
from agent.core.protocols import Model, Progress
from agent.core.usage import Usage
from tools.spec import ToolSpec

# Nobody waits longer than this for one reply, whatever the endpoint asks for.
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Policy:
    """How one kind of failure is met: retries after it, the first pause (doubled each time), the error at the end."""

    error: type[RegreenError]
    retries: int
    pause_seconds: float
    says: str
    hint: str
    billed: bool = False  # the request may be charged for although no reply came


_KEY_HINT = "check OPENAI_API_KEY, and that the key belongs to this endpoint"
_MODEL_HINT = "`regreen models` lists known models; check --model and OPENAI_BASE_URL"
_URL_HINT = "check OPENAI_BASE_URL, which usually ends in /v1"
_LATER_HINT = "try again later, or use --model offline"
_REQUEST_HINT = "if the model does not take a parameter, say so in your models.toml"

POLICIES: dict[str, Policy] = {
    "key": Policy(KeyRefused, 0, 0, "{endpoint} refused the key", _KEY_HINT),
    "forbidden": Policy(KeyRefused, 0, 0, "{endpoint} does not let this key use {model}", _KEY_HINT),
    "model": Policy(ModelUnknown, 0, 0, "{endpoint} has no model {model}", _MODEL_HINT),
    "context": Policy(
        ContextTooLong, 0, 0, "the conversation does not fit {model}", "choose a model with more context"
    ),
    "request": Policy(EndpointProblem, 0, 0, "{endpoint} refused the request", _REQUEST_HINT),
    "quota": Policy(EndpointProblem, 0, 0, "the quota at {endpoint} is used up", "see your plan and billing there"),
    "busy": Policy(EndpointProblem, 5, 1.0, "{endpoint} accepts no more requests for now", _LATER_HINT),
    "conflict": Policy(EndpointProblem, 2, 0.5, "{endpoint} reports a conflict", _LATER_HINT),
    "server": Policy(EndpointProblem, 4, 0.5, "{endpoint} failed", _LATER_HINT),
    "unreachable": Policy(EndpointProblem, 2, 0.5, "{endpoint} cannot be reached", _URL_HINT),
    "silent": Policy(EndpointProblem, 1, 0.5, "{endpoint} did not answer in time", _LATER_HINT, billed=True),
    "cut": Policy(EndpointProblem, 2, 0.5, "{endpoint} broke off its reply", _LATER_HINT, billed=True),
    "html": Policy(EndpointProblem, 1, 0.5, "{endpoint} answered with a web page", _URL_HINT),
    "garbled": Policy(
        EndpointProblem, 2, 0.5, "{endpoint} answered with something that is no reply", _URL_HINT, billed=True
    ),
}
CODES = {
    "context_length_exceeded": "context",
    "exceed_context_size_error": "context",
    "model_not_found": "model",
    "insufficient_quota": "quota",
    "billing_hard_limit_reached": "quota",
    "invalid_api_key": "key",
    "rate_limit_exceeded": "busy",
    "server_error": "server",
}
STATUSES = {
    401: "key",
    402: "quota",
    403: "forbidden",
    404: "model",
    408: "silent",
    409: "conflict",
    413: "context",
    429: "busy",
}
# Servers other than the vendor's say it in words only.
_CONTEXT_WORDS = re.compile(r"context (length|window|size)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """One request that came to nothing. `detail` is the endpoint's own words; `usage` what it may cost at most."""

    kind: str
    endpoint: str
    model: str
    detail: str = ""
    retry_after_seconds: float | None = None
    usage: Usage = field(default_factory=lambda: Usage(requests=1))

    @property
    def policy(self) -> Policy:
        """How failures of this kind are met."""
        return POLICIES[self.kind]

    def error(self, tries: int) -> RegreenError:
        """What the user is told after so many tries."""
        says = self.policy.says.format(endpoint=self.endpoint, model=self.model)
        detail = f": {self.detail}" if self.detail else ""
        often = f" (tried {tries} times)" if tries > 1 else ""
        return self.policy.error(f"{says}{detail}{often}", self.policy.hint)


class NoReply(Exception):
    """An answer that is no whole reply: the kind of failure it stands for, and the endpoint's words."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


class RequestFailed(Exception):
    """Raised by a model for one failed request; `Retrying` decides what follows."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure

    def __str__(self) -> str:
        return str(self.failure.error(tries=1))


def kind_of(status: int, code: str, message: str) -> str:
    """The kind of failure an HTTP status and the body's code and message stand for."""
    if code in CODES:
        return CODES[code]
    if status == 400 and _CONTEXT_WORDS.search(message):
        return "context"
    return STATUSES.get(status, "server" if status >= 500 else "request")


def kind_in_body(error: Mapping[str, Any]) -> str:
    """The kind of failure for the error inside a reply that came with HTTP 200; its code may be a status."""
    code, message = error.get("code"), error.get("message")
    status = code if isinstance(code, int) else 0
    return kind_of(status, str(code), str(message)) if error else "garbled"


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the endpoint asks to wait, by its retry-after-ms or retry-after header; None when it does not say."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text) * unit
    return _seconds_until(headers.get("retry-after", ""), headers.get("date", ""))


def _seconds_until(then: str, now: str) -> float | None:
    """Both by the endpoint's clock: ours may differ."""
    try:
        return max(0.0, (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds())
    except (ValueError, TypeError):
        return None


def _keep_quiet(text: str) -> None:
    """Progress nobody watches."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """A model that tries again as the table says, unless the wait is longer than `patience()` seconds.

    Its usage counts the requests that were lost, too.
    """

    model: Model
    patience: Callable[[], float] = lambda: PATIENCE_SECONDS
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    progress: Progress = _keep_quiet

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """The first whole reply; a RegreenError when there is none."""
        deadline = self.clock() + min(PATIENCE_SECONDS, self.patience())
        lost = Usage()
        tries: Counter[str] = Counter()
        while True:
            try:
                reply = self.model.complete(messages, tools)
            except RequestFailed as failed:
                failure = failed.failure
            else:
                return replace(reply, usage=lost + reply.usage)
            lost += failure.usage
            tries[failure.kind] += 1
            pause = _pause_after(failure, tries[failure.kind])
            if pause is None or self.clock() + pause > deadline:
                raise failure.error(tries.total())
            self.progress(f"{failure.policy.says.format(endpoint=failure.endpoint, model=failure.model)}; trying again")
            self.sleep(pause)


def _pause_after(failure: Failure, tries: int) -> float | None:
    """Seconds to wait after so many failures of its kind; None when there is no further try."""
    if tries > failure.policy.retries:
        return None
    if failure.retry_after_seconds is not None:
        return failure.retry_after_seconds
    return failure.policy.pause_seconds * float(2 ** (tries - 1))
