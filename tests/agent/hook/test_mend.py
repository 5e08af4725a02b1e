"""The search for a patch keeps to its time, whatever it is at."""

import signal
import time

import pytest

from agent.core.errors import OverBudget
from agent.hook.mend import cut_off_after


def test_what_still_goes_on_is_cut_off() -> None:
    with pytest.raises(OverBudget), cut_off_after(0.05):
        time.sleep(60)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_what_ends_in_time_is_left_alone() -> None:
    with cut_off_after(60.0):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
