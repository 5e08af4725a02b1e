"""A model's endpoint on this machine: a real HTTP server that speaks both APIs, plays a script, checks each request.

    with Endpoint([says("Let me look.") + calls("read_file", path="a.py"), fault(503), says("done")]) as endpoint:
        model = for_card(card, endpoint.base_url, KEY, 5.0)
    assert endpoint.requests[0].body["model"] == "gpt-4.1"

A request that breaks the rules of the API is refused and fails the test when the block ends, whatever else happened.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.endpoint_rules import violations
from tests.endpoint_streams import events

APIS = {"/v1/chat/completions": "chat", "/v1/responses": "responses"}


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of a scripted reply; `arguments` is the raw JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The tokens a reply says it used."""

    input: int = 1000
    output: int = 50
    cached_input: int = 0
    cache_write: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole reply, in either API's words. Answers add up: `says("…") + calls("search", pattern="x")`."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    refusal: str = ""
    stopped_by: str = ""  # "length" or "content_filter"
    counted: Counted | None = field(default_factory=Counted)  # None: the endpoint counts nothing

    def __add__(self, other: Answer) -> Answer:
        return replace(self, text=self.text + other.text, calls=self.calls + other.calls)


@dataclass(frozen=True, slots=True)
class Fault:
    """An HTTP response as it is; `stops_at` cuts the connection after so many bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: str
    stops_at: int | None = None
    seconds: float = 0.0  # before anything is sent


@dataclass(frozen=True, slots=True)
class Broken:
    """A streamed reply that stops after so many events: cut off, ended as if it were whole, or silent for `seconds`.

    While it is silent it sends comments, as gateways do to keep a line open, when it `keeps_open`.
    """

    answer: Answer
    after: int
    ends: bool = False
    seconds: float = 0.0
    keeps_open: bool = False


Act = Answer | Fault | Broken


def says(text: str) -> Answer:
    """A reply of words; an empty one for ""."""
    return Answer(text)


def calls(name: str, **arguments: Any) -> Answer:
    """A reply that calls a tool."""
    return Answer(calls=(Call(name, json.dumps(arguments)),))


def calls_badly(name: str, arguments: str) -> Answer:
    """A reply that calls a tool with this text where its JSON arguments belong."""
    return Answer(calls=(Call(name, arguments),))


def refuses(text: str) -> Answer:
    """A reply in which the model declines."""
    return Answer(refusal=text)


def stopped(by: str, answer: Answer) -> Answer:
    """The reply ended early, by "length" or by "content_filter"."""
    return replace(answer, stopped_by=by)


def counting(counted: Counted | None, answer: Answer) -> Answer:
    """The reply with the tokens it says it used."""
    return replace(answer, counted=counted)


def error_body(message: str, code: str | None = None) -> str:
    """An error in the vendor's form."""
    return json.dumps({"error": {"message": message, "type": "error", "param": None, "code": code}})


def fault(status: int, headers: Mapping[str, str] | None = None, body: str | None = None) -> Fault:
    """An HTTP response that is no reply: the vendor's form of an error, unless a body is given."""
    text = error_body(f"scripted {status}") if body is None else body
    return Fault(status, {"content-type": "application/json", **(headers or {})}, text)


def page() -> Fault:
    """A web page where a reply belongs, as proxies send it."""
    return fault(200, {"content-type": "text/html"}, "<!doctype html><title>Welcome</title>")


def cut() -> Fault:
    """A reply whose connection breaks in the middle."""
    return Fault(200, {"content-type": "application/json"}, json.dumps({"choices": ["x" * 100]}), stops_at=40)


def hangs(seconds: float) -> Fault:
    """Silence, for at most so long."""
    return Fault(200, {"content-type": "application/json"}, "{}", seconds=seconds)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in; header names are in lower case."""

    api: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class Endpoint:
    """Plays its script, one act a request. `requests` are those received, `base_url` is what OPENAI_BASE_URL wants.

    A function in the script's place answers as a server would: what breaks a rule is refused, and the test goes on.
    `models` may say more of each, as `GET /models` does.
    """

    def __init__(
        self,
        script: Sequence[Act] | Callable[[Request], Act],
        models: Sequence[str] | Mapping[str, Mapping[str, Any]] = ("gpt-4.1",),
        rules: Callable[[str, Mapping[str, str], Mapping[str, Any]], list[str]] = violations,
    ) -> None:
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.models = dict(models) if isinstance(models, Mapping) else {name: {} for name in models}
        self.listings = 0
        self._script = script
        self._rules = rules
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Endpoint:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        if self.violations:
            raise AssertionError("requests broke the API's rules:\n" + "\n".join(self.violations)) from error

    def act_for(self, request: Request) -> Act:
        """Record a request, check it, and give the next act: a refusal when it breaks a rule."""
        with self._lock:
            number = len(self.requests)
            self.requests.append(request)
            wrong = self._rules(request.api, request.headers, request.body)
            if callable(self._script):
                return fault(400, body=error_body("; ".join(wrong))) if wrong else self._script(request)
            if number >= len(self._script):
                wrong.append(f"the script has only {len(self._script)} acts")
            self.violations += [f"request {number + 1}: {what}" for what in wrong]
            return fault(400, body=error_body("; ".join(wrong))) if wrong else self._script[number]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], endpoint: Endpoint) -> None:
        super().__init__(address, _Handler)
        self.endpoint = endpoint

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of some tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body go out apart, and would wait for each other
    server: _Server

    def do_GET(self) -> None:
        self.server.endpoint.listings += 1
        about = {"object": "model", "created": 0, "owned_by": "tests"}
        rows = [{"id": name, **about, **more} for name, more in self.server.endpoint.models.items()]
        found = self.path == "/v1/models"
        self._play(fault(200, body=json.dumps({"object": "list", "data": rows})) if found else fault(404))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path not in APIS:
            self._play(fault(404))
            return
        endpoint = self.server.endpoint
        request = Request(APIS[self.path], {name.lower(): value for name, value in self.headers.items()}, body)
        act = endpoint.act_for(request)
        if isinstance(act, Answer):
            act = act if body.get("tools") else _in_words(act)
            rendered = RENDER[request.api](act, str(body["model"]), len(endpoint.requests))
            if body.get("stream"):
                self._stream(events(request.api, rendered))
                return
            act = fault(200, body=json.dumps(rendered))
        if isinstance(act, Broken):
            rendered = RENDER[request.api](act.answer, str(body["model"]), len(endpoint.requests))
            self._stream(events(request.api, rendered)[: act.after], act)
            return
        self._play(act)

    def _stream(self, parts: Sequence[str], broken: Broken | None = None) -> None:
        self.send_response_only(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for part in parts:
            self._chunk(part)
        for _ in range(int(broken.seconds / 0.05) if broken else 0):
            if broken and broken.keeps_open:
                self._chunk(": keep-alive\n\n")
            if self.server.endpoint.closing.wait(0.05):
                break
        if broken is None or broken.ends:
            self._chunk("")
        self.close_connection = broken is not None

    def _chunk(self, text: str) -> None:
        content = text.encode()
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def _play(self, act: Fault) -> None:
        if act.seconds and self.server.endpoint.closing.wait(act.seconds):
            self.close_connection = True
            return
        content = act.body.encode()
        self.send_response_only(act.status)  # no Date of its own
        for name, value in {**act.headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: act.stops_at])
        self.close_connection = act.stops_at is not None

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""


def _in_words(answer: Answer) -> Answer:
    """The reply of a model that was offered no tools: it calls them in fenced blocks, as it was told in words."""
    blocks = [_block(call, cut=answer.stopped_by == "length") for call in answer.calls]
    return replace(answer, text="\n\n".join(filter(None, [answer.text, *blocks])), calls=())


def _block(call: Call, *, cut: bool) -> str:
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        arguments = {}
    single = call.name in ("apply_patch", "find_symbol", "list_dir", "run_tests")
    lines = [str(value) if single else f"{name}: {value}" for name, value in arguments.items()]
    body = "\n".join(lines) if arguments else call.arguments.strip("{}")
    return "\n".join(filter(None, [f"```{call.name}", body.removesuffix("\n"), "" if cut else "```"]))


def _chat_reply(answer: Answer, model: str, number: int) -> dict[str, Any]:
    tool_calls = [
        {"id": f"call_{number}_{index}", "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
        for index, c in enumerate(answer.calls)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": answer.refusal or None}
    reply: dict[str, Any] = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 0,
        "model": f"{model}-served",
        "choices": [
            {
                "index": 0,
                "message": {**message, **({"tool_calls": tool_calls} if tool_calls else {})},
                "finish_reason": answer.stopped_by or ("tool_calls" if tool_calls else "stop"),
            }
        ],
    }
    if counted := answer.counted:
        details = {"cached_tokens": counted.cached_input, "cache_write_tokens": counted.cache_write}
        reply["usage"] = {
            "prompt_tokens": counted.input,
            "completion_tokens": counted.output,
            "total_tokens": counted.input + counted.output,
            "prompt_tokens_details": details,
        }
    return reply


def _responses_reply(answer: Answer, model: str, number: int) -> dict[str, Any]:
    said = [{"type": "output_text", "text": answer.text, "annotations": []}] if answer.text else []
    declined = [{"type": "refusal", "refusal": answer.refusal}] if answer.refusal else []
    message = {
        "type": "message",
        "id": f"msg_{number}",
        "role": "assistant",
        "status": "completed",
        "content": said + declined,
    }
    output = [{"type": "reasoning", "id": f"rs_{number}", "summary": []}, *([message] if said or declined else [])]
    output += [
        {
            "type": "function_call",
            "id": f"fc_{i}",
            "call_id": f"call_{number}_{i}",
            "name": c.name,
            "arguments": c.arguments,
        }
        for i, c in enumerate(answer.calls)
    ]
    reason = {"length": "max_output_tokens"}.get(answer.stopped_by, answer.stopped_by)
    reply: dict[str, Any] = {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 0,
        "model": f"{model}-served",
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": output,
    }
    if counted := answer.counted:
        details = {"cached_tokens": counted.cached_input, "cache_write_tokens": counted.cache_write}
        reply["usage"] = {
            "input_tokens": counted.input,
            "output_tokens": counted.output,
            "total_tokens": counted.input + counted.output,
            "input_tokens_details": details,
        }
    return reply


RENDER = {"chat": _chat_reply, "responses": _responses_reply}
