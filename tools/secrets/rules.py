"""Shapes of well-known secrets, one rule a kind, written from what their issuers document."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

B64 = r"[A-Za-z0-9+/]"
END = r"(?![A-Za-z0-9_-])"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of secret. Without its `clue` it cannot be there; group 1, where the pattern has one, is the secret."""

    kind: str
    clue: str
    pattern: str


RULES = (
    Rule("anthropic-key", "sk-ant-", rf"\bsk-ant-[A-Za-z0-9_-]{{24,}}{END}"),
    Rule("openai-key", "sk-", rf"\bsk-(?:proj-|svcacct-|admin-)?(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{{20,}}{END}"),
    Rule("github-token", "gh", rf"\bgh[pousr]_[A-Za-z0-9]{{36,255}}{END}"),
    Rule("github-token", "github_pat_", rf"\bgithub_pat_[A-Za-z0-9_]{{40,255}}{END}"),
    Rule("gitlab-token", "gl", rf"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_-]{{20,}}{END}"),
    Rule("aws-key-id", "A", rf"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{{16}}{END}"),
    Rule("aws-secret", "aws", rf"(?i)aws_?(?:secret|session)\w*[\"']?\s*[:=]\s*[\"']?({B64}{{40,}}={{0,2}}){END}"),
    Rule("google-key", "AIza", rf"\bAIza[A-Za-z0-9_-]{{35}}{END}"),
    Rule("google-token", "ya29.", rf"\bya29\.[A-Za-z0-9_-]{{30,}}{END}"),
    Rule("google-secret", "GOCSPX-", rf"\bGOCSPX-[A-Za-z0-9_-]{{28}}{END}"),
    Rule("slack-token", "xox", rf"\bxox[abeoprs]-(?:[A-Za-z0-9]+-){{1,4}}[A-Za-z0-9]{{16,}}{END}"),
    Rule("slack-token", "xapp-", rf"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{{30,}}{END}"),
    Rule("slack-hook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9/_-]{30,})"),
    Rule("discord-hook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/(\d{17,20}/[A-Za-z0-9_-]{60,})"),
    Rule("stripe-key", "k_", rf"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{{20,}}{END}"),
    Rule("twilio-key", "SK", rf"\bSK[0-9a-f]{{32}}{END}"),
    Rule("sendgrid-key", "SG.", rf"\bSG\.[A-Za-z0-9_-]{{22}}\.[A-Za-z0-9_-]{{43}}{END}"),
    Rule("mailgun-key", "key-", rf"\bkey-[0-9a-f]{{32}}{END}"),
    Rule("npm-token", "npm_", rf"\bnpm_[A-Za-z0-9]{{36}}{END}"),
    Rule("pypi-token", "pypi-", rf"\bpypi-AgE[A-Za-z0-9_-]{{50,}}{END}"),
    Rule("huggingface-token", "hf_", rf"\bhf_[A-Za-z]{{34}}{END}"),
    Rule("digitalocean-token", "v1_", rf"\bdo[opr]_v1_[0-9a-f]{{64}}{END}"),
    Rule("docker-token", "dckr_", rf"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{{27,}}{END}"),
    Rule("shopify-token", "shp", rf"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{END}"),
    Rule("databricks-token", "dapi", rf"\bdapi[0-9a-f]{{32}}(?:-\d)?{END}"),
    Rule("telegram-token", ":AA", rf"\b\d{{8,10}}:AA[A-Za-z0-9_-]{{33}}{END}"),
    Rule("azure-key", "Key=", rf"(?:AccountKey|SharedAccessKey)=({B64}{{43,86}}={{1,2}})"),
    Rule("age-key", "AGE-SECRET-KEY-1", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b"),
    Rule("json-web-token", "eyJ", r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}"),
    Rule("private-key", "PRIVATE KEY", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[\s\S]){30,}"
          r"(?:-----END (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----)?"),
    Rule("url-password", "://", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'<>{}\[\]$%]{0,80}:"
          r"((?=[^\s/@]*\d)(?=[^\s/@]*[A-Za-z])[^\s/:@\"'<>{}()\[\]$]{8,200})@[A-Za-z0-9\[]"),
    Rule("bearer-token", "earer ", r"(?i:\bbearer) "
          rf"((?=[\w.~+/-]*\d)(?=[\w.~+/-]*[A-Za-z])[\w.~+/-]{{24,}}={{0,2}}){END}"),
    Rule("basic-login", "asic ", rf"(?i:authorization)[\"']?\s*[:=,]\s*[\"']?[Bb]asic ({B64}{{12,}}={{0,2}})"),
)  # fmt: skip

# A name that says "secret", then a value in quotes or behind `=` alone, that looks made by a machine.
NAMED = re.compile(
    r"(?i)(?<![A-Za-z])(?:[a-z0-9]+[_.-])*"
    r"(?:password|passwd|secret|token|api_?key|apikey|access_?key|private_?key|auth_?key|credentials?)(?:[_-][a-z0-9]+)*"
    r"[\"']?\s{0,4}(?::|=|=>|:=)\s{0,4}[\"']?([A-Za-z0-9+/_.~!@#$%^&*-]{16,200}={0,2})(?=[\"'\s,;)]|$)"
)
CLUES = ("pass", "secret", "token", "key", "credential")


def found_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of what looks like a secret, rule by rule; places may overlap."""
    for rule in RULES:
        if rule.clue in text:
            for match in re.finditer(rule.pattern, text):  # compiled when it is first wanted
                yield rule.kind, *match.span(1 if match.re.groups else 0)
    lowered = text.lower()
    if any(clue in lowered for clue in CLUES):
        for match in NAMED.finditer(text):
            if is_random(match[1]):
                yield "named-secret", *match.span(1)


def is_random(value: str) -> bool:
    """Whether a text looks made by a machine: many characters, and kinds of them that change all the time."""
    if value.startswith(("http", "sha")) or re.search(r"[._/-]{2}|\.\w{1,4}$", value):
        return False
    kinds = [_kind(character) for character in value if character.isalnum()]
    changes = sum(1 for one, other in itertools.pairwise(kinds) if one != other)
    return len(set(value)) >= 10 and {"digit"} < set(kinds) and 4 * changes >= len(value)


def _kind(character: str) -> str:
    return "digit" if character.isdigit() else "upper" if character.isupper() else "lower"
