"""What the lab grants edits that share a fork."""

from tests.tools.testing.plugin._load import load

batch = load("regreen_lab_batch")


def test_edits_without_an_end_get_more_time_only_for_a_while() -> None:
    patience = batch.Patience()
    granted = []
    for start in [1, 1, 1, 2, 3, 4]:
        granted.append(patience.granted(["product.py", start, start, ""]))
        patience.spend(["product.py", start, start, ""])
    more = batch.Patience.SECONDS
    assert granted == [more, more, 0.0, more, more, 0.0]
