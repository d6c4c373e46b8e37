"""The rope of a circle: a colour and a weave by which its members tell it from every other, fixed when it opens.

Used by the services that open circles. Pure. Colours and weaves are those of the design tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final
from uuid import UUID

# `granit` is kept for circles without a patient and the officer: a patient's circle never looks like one of them.
CARE_COLOURS: Final = ("lac", "gentiane", "myrtille", "bruyere", "sapin", "lichen", "terre")
COLOURS: Final = (*CARE_COLOURS, "granit")
WEAVES: Final = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Rope:
    colour: str
    weave: int


CARE_ROPES: Final = tuple(Rope(colour, weave) for weave, colour in product(WEAVES, CARE_COLOURS))


def team_rope(taken: Iterable[Rope]) -> Rope:
    """Of a circle without a patient: the colour that no patient's circle has, in the weave least used among `taken`."""
    return _least_used([Rope("granit", weave) for weave in WEAVES], taken)


def compartment_rope(main: Rope, siblings: Iterable[Rope]) -> Rope:
    """The colour is the patient's, so of the main circle; the weave is another than its own."""
    return _least_used([Rope(main.colour, weave) for weave in WEAVES if weave != main.weave], siblings)


def _least_used(ropes: Sequence[Rope], taken: Iterable[Rope]) -> Rope:
    used = Counter(taken)
    return min(ropes, key=lambda rope: used[rope])


def choose_rope(circle_id: UUID, taken: Iterable[Rope]) -> Rope:
    """The rope least like those in `taken`: unused if there is one, and of the colour least used.

    28 circles of one person differ; beyond that the initials tell them apart. The circle's id settles ties, so that
    not everybody's first circle looks the same.
    """
    ropes = list(taken)
    used, colours = Counter(ropes), Counter(rope.colour for rope in ropes)
    start = circle_id.int % len(CARE_ROPES)

    def unlikeness(index: int) -> tuple[int, int, int]:
        rope = CARE_ROPES[index]
        return used[rope], colours[rope.colour], (index - start) % len(CARE_ROPES)

    return CARE_ROPES[min(range(len(CARE_ROPES)), key=unlikeness)]
