"""Each of my circles has its own rope, as far as there are ropes."""

from __future__ import annotations

from uuid import UUID

from circles.rope import CARE_ROPES, COLOURS, Rope, choose_rope


def ropes_of_one_person(number: int) -> list[Rope]:
    taken: list[Rope] = []
    for opened in range(number):
        taken.append(choose_rope(UUID(int=opened * 7919), taken))
    return taken


def test_as_many_circles_differ_as_there_are_ropes() -> None:
    assert set(ropes_of_one_person(len(CARE_ROPES))) == set(CARE_ROPES)


def test_the_first_circles_differ_in_colour() -> None:
    assert len({rope.colour for rope in ropes_of_one_person(7)}) == 7


def test_beyond_that_no_rope_is_used_twice_more_than_another() -> None:
    ropes = ropes_of_one_person(2 * len(CARE_ROPES))
    assert {ropes.count(rope) for rope in CARE_ROPES} == {2}


def test_two_people_do_not_begin_with_the_same_rope() -> None:
    assert choose_rope(UUID(int=1), []) != choose_rope(UUID(int=2), [])


def test_granite_is_never_a_patients() -> None:
    assert "granit" in COLOURS
    assert "granit" not in {rope.colour for rope in CARE_ROPES}
