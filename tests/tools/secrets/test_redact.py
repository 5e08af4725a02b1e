"""Secrets in texts: none is left, the same one always becomes the same placeholder, honest texts stay as they are."""

import pytest

from benchmarks._integrity.secrets import KINDS, PLACES, planted
from tools.secrets.environment import secret_values
from tools.secrets.redact import Redactor

PLANTED = list(planted(seed=1, each=len(PLACES) * 4))
GITHUB = "ghp_" + "a1B2c3D4e5F6" * 3


@pytest.mark.parametrize("kind", KINDS)
def test_no_planted_secret_is_left(kind: str) -> None:
    texts = [(secret, text) for found, _, secret, text in PLANTED if found == kind]
    assert len(texts) == len(PLACES) * 4
    redacted = [(secret, Redactor().text(text)) for secret, text in texts]
    assert [text for secret, text in redacted if secret in text] == []
    assert all("[secret:" in text for _, text in redacted)


def test_there_are_enough_of_them() -> None:
    assert (len(PLANTED) >= 500, len(KINDS) >= 20) == (True, True)


def test_a_secret_always_becomes_the_same_placeholder() -> None:
    redactor = Redactor()
    once = redactor.text(f"a {GITHUB} b {GITHUB} c glpat-{'x1Y2z3' * 4}")
    assert once == "a [secret:github-token:1] b [secret:github-token:1] c [secret:gitlab-token:2]"
    assert redactor.text(f"again {GITHUB}") == "again [secret:github-token:1]"


def test_redacting_twice_changes_nothing_more() -> None:
    redactor = Redactor()
    for _, _, _, text in PLANTED:
        once = redactor.text(text)
        assert redactor.text(once) == once


def test_values_of_the_environment_go_first_and_exactly() -> None:
    redactor = Redactor({"SHOP_API_KEY": "correct horse battery", "HOME": "/root", "OPENAI_API_KEY": "local-key-1"})
    assert redactor.text("sent correct horse battery to /root with local-key-1!") == (
        "sent [secret:environment:1] to /root with [secret:environment:2]!"
    )


@pytest.mark.parametrize(
    "text",
    [
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        '{file = "a-1.0.tar.gz", hash = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}',
        "commit 2c26b46b68ffc68ff99b453c1d30413413422d70",
        "password = get_password_from_the_keyring()",
        'token = "YOUR-TOKEN-HERE-PLEASE"',
        "http://user:pass@example.com/",
        "key-value pairs, sk-learn, sk_live and hf_ are words",
        'public_key = "not-a-secret-value-at-all"',
        "def test_token_is_none_when_the_password_is_wrong():",
    ],
)
def test_an_honest_text_stays_as_it_is(text: str) -> None:
    assert Redactor().text(text) == text


def test_of_a_value_everything_is_redacted_but_patches() -> None:
    redactor = Redactor()
    value = {"text": GITHUB, "patch": GITHUB, "rows": [GITHUB, 1, None, {"model_patch": GITHUB}], GITHUB: True}
    shown = "[secret:github-token:1]"
    assert redactor.value(value) == {
        "text": shown,
        "patch": GITHUB,
        "rows": [shown, 1, None, {"model_patch": GITHUB}],
        shown: True,
    }


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("GITHUB_TOKEN", "abcdefgh", True), ("DB_PASSWORD", "hunter2hunter", True),
        ("AWS_SECRET_ACCESS_KEY", "a" * 40, True), ("SENTRY_DSN", "https://1@x/2", True),
        ("SSH_AUTH_SOCK", "/tmp/agent.1", False), ("PWD", "/root/repo", False), ("MONKEY", "abcdefgh", False),
        ("API_KEY_FILE", "/etc/key", False), ("TOKEN", "short", False), ("TOKEN", "12345678", False),
        ("PATH", "/usr/bin:/bin", False),
    ],
)  # fmt: skip
def test_a_variable_is_secret_by_its_name_and_its_value(name: str, value: str, is_secret: bool) -> None:
    assert secret_values({name: value}) == ({name: value} if is_secret else {})
