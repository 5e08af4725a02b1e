"""The bill: a line for each model, with its cached share, and what a proved patch has cost."""

from agent.core.usage import Charge, Payer, Usage
from agent.report.bill import bill_lines
from agent.run.rows import charge_row

CHARGES = [
    Charge(Payer("gpt-4.1-mini", "fast"), Usage(12, 120_000, 96_000, 3_400, 0.0512)),
    Charge(Payer("local"), Usage(1, 900, 0, 20, None)),
    Charge(Payer(), Usage(1)),
]


def test_each_model_has_a_line() -> None:
    assert list(bill_lines([charge_row(charge) for charge in CHARGES], None)) == [
        "fast (gpt-4.1-mini): 12 requests, 120,000 tokens in (80% cached), 3,400 out, $0.0512",
        "local: 1 request, 900 tokens in (0% cached), 20 out, an unknown cost",
        "a model: 1 request, 0 tokens in (0% cached), 0 out, $0.0000",
    ]


def test_a_proved_patch_has_its_price() -> None:
    assert list(bill_lines([charge_row(CHARGES[0])], 0.0256))[1:] == ["$0.0256 for a proved patch"]


def test_where_no_model_was_asked_there_is_no_bill() -> None:
    assert list(bill_lines([], 0.0)) == []
