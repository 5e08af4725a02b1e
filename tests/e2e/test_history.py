"""What a commit broke is mended by what stood there before; what its author has not committed is left to him."""

import pytest

from tests.e2e._repositories import PRIMES, new_repository
from tests.e2e._support import User, checked
from tests.support import commit_all

pytestmark = pytest.mark.slow
RIGHT = """\
def prime(number):
    found = []
    at = 2
    while len(found) < number:
        if all(at % known for known in found):
            found.append(at)
        at += 1
    return found[-1]
"""


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "not yet committed"])
def test_a_regression_is_mended_from_the_history(user: User, committed: bool) -> None:
    repo = new_repository(user.folder / "primes", PRIMES | {"primes.py": RIGHT})
    broken = RIGHT.replace("        if all(at % known for known in found):\n", "        if at % 2:\n")
    (repo / "primes.py").write_text(broken)
    if committed:
        commit_all(repo)
    ran = user.regreen(repo, "fix", "--model", "offline", "--json")
    _, status = checked(ran)
    answer = ran.answer
    if not committed:
        assert "before commit" not in str(answer)
        return
    assert status in ("proved", "plausible")
    assert "+        if all(at % known for known in found):" in answer["model_patch"]
    assert "as before commit" in user.regreen(repo, "show").out
