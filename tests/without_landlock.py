"""Run as a script before a command: it runs as on a kernel without Landlock."""

import errno
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    if sys.platform == "linux":
        sys.path.append(str(Path(__file__).parents[1]))
        from tools.workspace.confine.calls import without_new_powers
        from tools.workspace.confine.filter import IF_EQUAL, LOAD, NUMBER_AT, PASS, REFUSE, RETURN, install
        from tools.workspace.confine.numbers import number

        asked = (IF_EQUAL, 0, 1, number("landlock_create_ruleset") or 0)
        without_new_powers()
        install([(LOAD, 0, 0, NUMBER_AT), asked, (RETURN, 0, 0, REFUSE | errno.ENOSYS), PASS])
    os.execvp(sys.argv[1], sys.argv[1:])
