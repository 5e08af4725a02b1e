"""What a model is sent holds no secrets, and stays the same from request to request."""

from collections.abc import Sequence

from agent.core.message import Message, Reply
from agent.core.usage import Usage
from agent.models.redacted import Redacted
from tools.secrets.redact import Redactor
from tools.spec import ToolSpec

SECRET = "ghp_" + "a1B2c3D4e5F6" * 3


class Listening:
    """A model that keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        self.sent.append([message.text for message in messages])
        return Reply("", (), Usage(), "m", "stop")


def test_every_message_is_sent_without_its_secrets() -> None:
    model = Listening()
    redacted = Redacted(model, Redactor({"SHOP_TOKEN": "hunter2hunter2"}).text)
    first = [Message("system", "mend"), Message("user", f"it fails with {SECRET} and hunter2hunter2")]
    redacted.complete(first, ())
    redacted.complete([*first, Message("tool", SECRET, call_id="1")], ())
    shown = "it fails with [secret:github-token:2] and [secret:environment:1]"
    assert model.sent == [["mend", shown], ["mend", shown, "[secret:github-token:2]"]]
