"""Secrets made by chance in the shapes of their kinds, the texts they turn up in, and lines of public repositories."""

from __future__ import annotations

import base64
import io
import json
import random
import string
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.secrets.rules import found_in

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "_-"
B64 = ALNUM + "+/"
MOST_BYTES = 1_000_000

Made = Callable[[random.Random], str]


def _of(alphabet: str, count: int) -> Made:
    return lambda chance: "".join(chance.choices(alphabet, k=count - 2)) + chance.choice("0123456789") + "x"


def _after(prefix: str, alphabet: str, count: int) -> Made:
    made = _of(alphabet, count)
    return lambda chance: prefix + made(chance)


def _hex(prefix: str, count: int) -> Made:
    return lambda chance: prefix + "".join(chance.choices(HEX, k=count))


def _token(chance: random.Random) -> str:
    def part(**claims: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")

    return f"{part(alg='HS256', typ='JWT')}.{part(sub=chance.randrange(10**9), name='ada')}.{_of(URLSAFE, 43)(chance)}"


def _slack(chance: random.Random) -> str:
    return f"xoxb-{chance.randrange(10**10, 10**11)}-{chance.randrange(10**10, 10**11)}-{_of(ALNUM, 24)(chance)}"


def _slack_hook(chance: random.Random) -> str:
    return f"T{_of(ALNUM, 9)(chance)}/B{_of(ALNUM, 9)(chance)}/{_of(ALNUM, 24)(chance)}"


def _pem(chance: random.Random) -> str:
    body = "\n".join("".join(chance.choices(B64, k=64)) for _ in range(6))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"


# By kind: how a secret is made, and the text around it where it needs one to be known.
KINDS: dict[str, tuple[Made, str]] = {
    "openai": (_after("sk-proj-", URLSAFE, 60), "{}"),
    "openai-old": (_after("sk-", ALNUM, 48), "{}"),
    "anthropic": (_after("sk-ant-api03-", URLSAFE, 90), "{}"),
    "github": (_after("ghp_", ALNUM, 36), "{}"),
    "github-fine": (_after("github_pat_", ALNUM + "_", 82), "{}"),
    "gitlab": (_after("glpat-", URLSAFE, 20), "{}"),
    "aws-id": (lambda chance: "AKIA" + "".join(chance.choices(string.ascii_uppercase + "234567", k=16)), "{}"),
    "aws-secret": (_of(B64, 40), "aws_secret_access_key = {}"),
    "google": (_after("AIza", URLSAFE, 35), "{}"),
    "google-oauth": (_after("ya29.", URLSAFE, 60), "{}"),
    "google-client": (_after("GOCSPX-", URLSAFE, 28), "{}"),
    "slack": (_slack, "{}"),
    "slack-hook": (_slack_hook, "https://hooks.slack.com/services/{}"),
    "stripe": (_after("sk_live_", ALNUM, 24), "{}"),
    "twilio": (_hex("SK", 32), "{}"),
    "sendgrid": (lambda chance: f"SG.{_of(URLSAFE, 22)(chance)}.{_of(URLSAFE, 43)(chance)}", "{}"),
    "mailgun": (_hex("key-", 32), "{}"),
    "npm": (_after("npm_", ALNUM, 36), "{}"),
    "pypi": (_after("pypi-AgEIcHlwaS5vcmc", URLSAFE, 120), "{}"),
    "huggingface": (lambda chance: "hf_" + "".join(chance.choices(string.ascii_letters, k=34)), "{}"),
    "digitalocean": (_hex("dop_v1_", 64), "{}"),
    "docker": (_after("dckr_pat_", URLSAFE, 27), "{}"),
    "telegram": (lambda chance: f"{chance.randrange(10**9, 10**10)}:AA" + _of(URLSAFE, 33)(chance), "{}"),
    "azure": (lambda chance: _of(B64, 86)(chance) + "==", "AccountName=shop;AccountKey={};EndpointSuffix=core"),
    "jwt": (_token, "{}"),
    "private-key": (_pem, "{}"),
    "url-password": (_of(ALNUM, 16), "postgres://shop:{}@db.example.com:5432/shop"),
    "bearer": (_of(ALNUM, 40), "Authorization: Bearer {}"),
    "named": (_of(ALNUM, 32), 'client_secret = "{}"'),
}  # fmt: skip
# Where a secret turns up, as the text of an observation or a request.
PLACES = {
    "output": "starting\n{}\nready in 0.3 s\n",
    "diff": "--- a/settings.py\n+++ b/settings.py\n@@ -1,2 +1,2 @@\n DEBUG = True\n-VALUE = '{}'\n+VALUE = ''\n",
    "environment": "environ({{'HOME': '/root', 'SHOP_VALUE': '{}', 'TERM': 'dumb'}})\n",
    "locals": "    client     = Client(value='{}', retries=3)\n    n          = 3\n",
    "error": "E       requests.HTTPError: 401 Unauthorized, sent {}, see the log\n",
    "metadata": "Exif: Software=shop 1.2; UserComment={}; Model=none\n",
}


def planted(seed: int, each: int) -> Iterator[tuple[str, str, str, str]]:
    """Kind, place, secret and the whole text, `each` times for every kind, the places in turn."""
    chance = random.Random(seed)
    for kind, (made, around) in KINDS.items():
        for number in range(each):
            place = list(PLACES)[number % len(PLACES)]
            secret = made(chance)
            yield kind, place, secret, PLACES[place].format(around.format(secret))


def alarms_in(repository: Path) -> tuple[int, list[tuple[str, str]]]:
    """The lines of all texts at the newest commit of a bare repository, and kind and line of each that is taken for a
    secret.
    """
    lines, alarms = 0, []
    for content in _texts(repository):
        lines += content.count("\n") + 1
        alarms += [(kind, _line(content, start)) for kind, start, _ in found_in(content)]
    return lines, alarms


def _line(content: str, at: int) -> str:
    return content[content.rfind("\n", 0, at) + 1 :].partition("\n")[0][:160]


def _texts(repository: Path) -> Iterator[str]:
    tree = subprocess.run(
        ["git", "-C", str(repository), "archive", "--format=tar", "HEAD"], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(tree)) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() and member.size <= MOST_BYTES else None
            content = file.read() if file else b""
            if content and b"\0" not in content:
                yield content.decode("utf-8", "replace")
