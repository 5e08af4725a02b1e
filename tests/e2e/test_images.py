"""`--image` shows a picture to a model that sees, without its metadata; others say why not, before anything runs."""

import json
from pathlib import Path

import pytest

from tests.agent.context.test_images import BARE
from tests.agent.context.test_stripped import TOLD_PNG
from tests.e2e._repositories import copy_fixture, gold_of
from tests.e2e._support import Ran, User
from tests.endpoint import Endpoint, calls, says

pytestmark = pytest.mark.slow


def asked(user: User, endpoint: Endpoint, *arguments: str) -> Ran:
    """A command with a picture at hand, in a repository whose failing tests only a model can mend."""
    repo = user.folder / "new-file"
    if not repo.exists():
        copy_fixture("new-file", repo)
        (user.folder / "shot.png").write_bytes(TOLD_PNG)
    variables = {"OPENAI_API_KEY": "sk-test-0123456789", "OPENAI_BASE_URL": endpoint.base_url}
    return user.regreen(repo, *arguments, variables=variables)


def test_a_picture_is_sent_bare_with_the_task_and_again_when_the_run_goes_on(user: User) -> None:
    with Endpoint([*[says("I cannot.")] * 3, calls("apply_patch", patch=gold_of("new-file"))]) as endpoint:
        first = asked(user, endpoint, "fix", "--json", "--model", "gpt-4.1", "--issue", "see the picture", "--image",
                      "../shot.png")  # fmt: skip
        again = asked(user, endpoint, "resume", "last", "--json")
    assert (first.end, again.end) == ((1, "unsolved"), (0, "proved"))
    for request in endpoint.requests:
        text, picture = request.body["messages"][1]["content"]
        assert "in this order: " in text["text"]
        assert picture["image_url"]["url"] == BARE.url
    assert BARE.base64 not in Path(first.answer["journal"]).read_text()


def test_who_cannot_see_is_not_shown_anything(user: User) -> None:
    said = []
    with Endpoint([], models=["local"]) as endpoint:
        for model in ("local", "offline"):
            ran = asked(user, endpoint, "fix", "--json", "--model", model, "--image", "../shot.png")
            said.append((*ran.end, json.loads(ran.out)["reason"]))
    assert said == [
        (2, "usage", "the images cannot be sent: local may see images or not: nobody has said so yet"),
        (2, "usage", "the images cannot be sent: no model is asked"),
    ]
