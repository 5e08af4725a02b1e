"""What a model is sent holds no secrets, and stays the same from request to request."""

from agent.core.message import Message
from agent.models.redacted import Redacted
from agent.models.scripted import ScriptedModel
from tools.secrets.redact import Redactor

SECRET = "ghp_" + "a1B2c3D4e5F6" * 3


def test_every_message_is_sent_without_its_secrets() -> None:
    model = ScriptedModel([])
    redacted = Redacted(model, Redactor({"SHOP_TOKEN": "hunter2hunter2"}).text)
    first = [Message("system", "mend"), Message("user", f"it fails with {SECRET} and hunter2hunter2")]
    redacted.complete(first, ())
    redacted.complete([*first, Message("tool", SECRET, call_id="1")], ())
    shown = "it fails with [secret:github-token:2] and [secret:environment:1]"
    sent = [[message.text for message in messages] for messages in model.heard]
    assert sent == [["mend", shown], ["mend", shown, "[secret:github-token:2]"]]
