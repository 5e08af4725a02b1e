"""What the searches of one run share, by the commit that was searched."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tools.patch import Edit


@dataclass(slots=True)
class Shared:
    """`killed` has a test that is red under an edit; `apart` tests that one edit mends without the others it was tried
    on; `hopeless` those of which the likeliest edits mend none, where no one else is asked. `by_groups` tells whether
    the failing tests may be solved apart.
    """

    killed: defaultdict[str, dict[Edit, str]] = field(default_factory=lambda: defaultdict(dict))
    apart: defaultdict[str, list[frozenset[str]]] = field(default_factory=lambda: defaultdict(list))
    hopeless: defaultdict[str, list[frozenset[str]]] = field(default_factory=lambda: defaultdict(list))
    by_groups: bool = False
