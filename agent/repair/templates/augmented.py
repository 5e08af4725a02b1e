"""An assignment accumulates with the wrong operator, or should, or should not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site
from agent.repair.templates.arithmetic import SYMBOLS

_SWAPS = {
    "+": ("-=", "=", "*="),
    "-": ("+=", "=", "//="),
    "*": ("+=", "/=", "=", "**="),
    "/": ("//=", "*=", "="),
    "//": ("/=", "*=", "=", "%="),
    "%": ("//=", "="),
    "**": ("*=", "="),
    "&": ("|=", "^=", "="),
    "|": ("&=", "^=", "="),
    "^": ("&=", "|=", "="),
    "<<": (">>=", "="),
    ">>": ("<<=", "="),
}


def augmented(site: Site) -> Iterator[Candidate]:
    """`+=` for `-=` or `=`, and `=` for `+=`."""
    module = site.module
    match site.node:
        case ast.AugAssign(target=target, op=operator) if type(operator) in SYMBOLS:
            symbol = SYMBOLS[type(operator)]
            at = module.text.index(f"{symbol}=", module.span(target)[1])
            for rank, new in enumerate(_SWAPS[symbol]):
                yield site.splice((at, at + len(symbol) + 1), new, weight=1.0 / (rank + 1))
        case ast.Assign(targets=[ast.Name() | ast.Attribute() | ast.Subscript() as target]):
            at = module.text.index("=", module.span(target)[1])
            for new, weight in (("+=", 0.3), ("-=", 0.1), ("*=", 0.05), ("//=", 0.05), ("|=", 0.05), ("&=", 0.03)):
                yield site.splice((at, at + 1), new, weight=weight)
