"""For any number and any mixture of identity rules."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from circles.errors import Unacceptable
from circles.ins import ATTRIBUTES, DEMO_OID, STATUSES, Attribute, PatientTraits, Status, has_right_key, key_of

numbers = st.from_regex(r"[1-8][0-9]{4}([0-9]{2}|2[AB])[0-9]{6}", fullmatch=True)
PROVISIONAL = PatientTraits(
    birth_name="AUBERTIN",
    given_names="Jeanne",
    birth_date=date(1941, 3, 12),
    sex="F",
    birthplace="38185",
    identity_status="provisional",
)


@given(numbers)
def test_exactly_one_key_is_right(number: str) -> None:
    right = [key for key in range(100) if has_right_key(f"{number}{key:02}")]
    assert right == [key_of(number)]
    assert 1 <= right[0] <= 97


@given(st.from_regex(r"[0-9]{13}", fullmatch=True), st.integers(0, 12), st.sampled_from(string.digits))
def test_one_mistyped_digit_is_found(number: str, place: int, digit: str) -> None:
    assume(number[place] != digit)
    mistyped = number[:place] + digit + number[place + 1 :]
    assert key_of(mistyped) != key_of(number)


@given(
    st.sampled_from(STATUSES),
    st.lists(st.sampled_from(ATTRIBUTES), max_size=3).map(tuple),
    st.none() | numbers.map(lambda number: f"{number}{key_of(number):02}"),
)
def test_an_identity_that_is_built_keeps_the_rules(
    status: Status, attributes: tuple[Attribute, ...], matricule: str | None
) -> None:
    oid = None if matricule is None else DEMO_OID
    try:
        traits = replace(PROVISIONAL, identity_status=status, attributes=attributes, matricule=matricule, oid=oid)
    except Unacceptable:
        return
    assert traits.identity_status == "provisional" or not {"doubtful", "fictive"} & set(traits.attributes)
    assert traits.shown_matricule is None or traits.identity_status == "qualified"
    assert traits.identity_status != "qualified" or traits.shown_matricule is not None


@given(st.text(max_size=120))
def test_a_name_is_taken_or_refused_and_never_crashes(name: str) -> None:
    try:
        traits = replace(PROVISIONAL, birth_name=name)
    except Unacceptable:
        return
    assert traits.birth_name.isprintable()
    assert len(traits.initials) >= 2
