"""One endpoint of the OpenAI API: a request goes out through the vendor's SDK, a whole reply or a failure comes in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.core.errors import UsageProblem
from agent.core.message import Reply
from agent.core.usage import Usage
from agent.models.failures import Failure, NoReply, RequestFailed, kind_in_body, kind_of, retry_after_seconds
from agent.models.stream import IDLE_SECONDS, Limits, Stream, body_of
from agent.models.wire import Body, json_object

if TYPE_CHECKING:
    from openai import APIConnectionError, APIStatusError, OpenAI
    from openai._legacy_response import LegacyAPIResponse

ClientFactory = Callable[[str, str], "OpenAI"]

# The SDK wants a key; endpoints on one's own machine mostly want none.
NO_KEY = "none"
DETAIL_CHARACTERS = 200


def open_client(base_url: str, api_key: str) -> OpenAI:
    """A client of the SDK that never tries again by itself."""
    from openai import OpenAI  # costs more than the rest of a start together

    return OpenAI(base_url=base_url or None, api_key=api_key, max_retries=0)


def no_reply(error: Mapping[str, Any]) -> NoReply:
    """For a JSON object without a reply; `error` is what the endpoint put in its place, if anything."""
    return NoReply(kind_in_body(error), str(error.get("message") or ""))


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request: the model, the SDK call that sends it, the reader of its answer, what it may cost at most.

    With a `stream` the answer comes by that.
    """

    model: str
    send: Callable[[OpenAI], LegacyAPIResponse[Any]]
    read: Callable[[Body], Reply]
    may_cost: Usage
    stream: Stream | None = None


class Connection:
    """Opens its client at the first request. Neither its repr nor any error it raises holds the key.

    An empty `base_url` means OPENAI_BASE_URL, and without that the vendor's own. `patience` gives the seconds the next
    request may take.
    """

    def __init__(
        self, base_url: str, api_key: str, patience: Callable[[], float], client_factory: ClientFactory
    ) -> None:
        self._base_url = checked_url(base_url)
        self._api_key = _checked_key(api_key)
        self._patience = patience
        self._client_factory = client_factory
        self._client: OpenAI | None = None

    @property
    def client(self) -> OpenAI:
        """The SDK's client, opened when it is first wanted."""
        if self._client is None:
            self._client = self._client_factory(self._base_url, self._api_key)
        return self._client

    def run(self, exchange: Exchange) -> Reply:
        """Send one request; RequestFailed for everything but a whole reply."""
        from openai import APIConnectionError, APIStatusError

        failure = Failure("garbled", urlsplit(str(self.client.base_url)).netloc.rpartition("@")[2], exchange.model)
        try:
            return exchange.read(self._body(self.client, exchange))
        except NoReply as broken:
            failure = replace(failure, kind=broken.kind, detail=self._told(broken.detail))
        except APIConnectionError as error:
            failure = self._unconnected(failure, error)
        except APIStatusError as error:
            if error.code == "content_filter":
                return Reply("", (), exchange.may_cost, exchange.model, "content_filter")
            failure = self._refused(failure, error)
        if failure.policy.billed:
            failure = replace(failure, usage=exchange.may_cost)
        # The SDK's error holds the request with its key, so it does not travel on.
        raise RequestFailed(failure) from None

    def _body(self, client: OpenAI, exchange: Exchange) -> Body:
        seconds = self._patience()
        if exchange.stream is None:
            return json_object(exchange.send(client.with_options(timeout=seconds)).content)
        limits = Limits(seconds, min(IDLE_SECONDS, seconds))
        return body_of(exchange.stream, client.with_options(timeout=limits.idle_seconds), limits)

    def _unconnected(self, failure: Failure, error: APIConnectionError) -> Failure:
        from openai import APITimeoutError

        if isinstance(error, APITimeoutError):
            return replace(failure, kind="silent")
        # By name: the SDK's HTTP library is its own affair, and has changed before.
        if type(error.__cause__).__name__ in ("ConnectError", "ProxyError", "UnsupportedProtocol"):
            return replace(failure, kind="unreachable", detail=self._told(str(error.__cause__)))
        return replace(failure, kind="cut")

    def _refused(self, failure: Failure, error: APIStatusError) -> Failure:
        message = str(error.body.get("message") or "") if isinstance(error.body, dict) else ""
        kind = kind_of(error.status_code, error.code or "", message)
        # What is said about a refused key may quote a part of it.
        detail = "" if kind == "key" else self._told(message or f"HTTP {error.status_code}")
        return replace(
            failure, kind=kind, detail=detail, retry_after_seconds=retry_after_seconds(error.response.headers)
        )

    def _told(self, text: str) -> str:
        """The endpoint's words on one line, without the key."""
        known = text if self._api_key == NO_KEY else text.replace(self._api_key, "[key]")
        line = " ".join(known.split())
        return line if len(line) <= DETAIL_CHARACTERS else line[: DETAIL_CHARACTERS - 1] + "…"


def checked_url(base_url: str) -> str:
    """The base URL as it is; UsageProblem where it is no web address."""
    try:
        is_address = urlsplit(base_url).port != 0 and re.fullmatch(r"https?://[!-~]+", base_url)
    except ValueError:
        is_address = None
    if base_url and not is_address:
        raise UsageProblem("OPENAI_BASE_URL is no web address", "it looks like https://host/v1")
    return base_url


def _checked_key(api_key: str) -> str:
    key = api_key.strip() or NO_KEY
    if not re.fullmatch(r"[!-~]+", key):
        raise UsageProblem("OPENAI_API_KEY holds characters no key has", "set it again, without spaces or line breaks")
    return key
