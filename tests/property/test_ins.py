"""For any number and any mixture of identity rules."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from circles.errors import Unacceptable
from circles.ins import (
    ATTRIBUTES,
    DEMO_OID,
    DOCUMENTS,
    SEXES,
    STATUSES,
    Attribute,
    Document,
    PatientTraits,
    Sex,
    Status,
    has_right_key,
    key_of,
)

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


@st.composite
def identities(draw: st.DrawFn) -> PatientTraits:
    """Any mixture that the rules let through."""
    matricule = draw(st.none() | numbers.map(lambda number: f"{number}{key_of(number):02}"))
    status: Status = draw(st.sampled_from(STATUSES))
    attributes: tuple[Attribute, ...] = tuple(draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=3)))
    document: Document | None = draw(st.none() | st.sampled_from(DOCUMENTS))
    sex: Sex = draw(st.sampled_from(SEXES))
    try:
        return replace(
            PROVISIONAL,
            sex=sex,
            birth_date=draw(st.dates(date(1900, 1, 1), date(2030, 1, 1))),
            identity_status=status,
            attributes=attributes,
            matricule=matricule,
            oid=None if matricule is None else DEMO_OID,
            document=document,
        )
    except Unacceptable:
        assume(False)
        raise


@given(identities())
def test_an_identity_that_is_built_keeps_the_rules(traits: PatientTraits) -> None:
    tainted = {"doubtful", "fictive"} & set(traits.attributes)
    assert not tainted or (traits.identity_status == "provisional" and traits.matricule is None)
    assert "fictive" not in traits.attributes or traits.attributes == ("fictive",)
    assert (traits.shown_matricule is not None) == (traits.identity_status == "qualified")
    assert traits.document is None or traits.identity_status in ("validated", "qualified")
    assert traits.identity_status not in ("retrieved", "qualified") or traits.matricule is not None
    assert len(traits.warnings) == len(set(traits.warnings))


@given(st.lists(identities(), min_size=2, max_size=6))
def test_whatever_happens_to_an_identity_its_trust_was_earned(life: list[PatientTraits]) -> None:
    """Of a life in which each step is allowed: who is validated now was compared with a document since they last were
    not, or since their traits last changed; and nobody falls back to an unchecked answer of the national service.
    """
    current, compared = PROVISIONAL, False
    for after in life:
        try:
            after.check_follows(current)
        except Unacceptable:
            continue
        assert not (current.identity_status in ("validated", "qualified") and after.identity_status == "retrieved")
        kept = compared and after.strict_traits == current.strict_traits
        compared = after.identity_status in ("validated", "qualified") and (after.document is not None or kept)
        current = after
        assert compared == (current.identity_status in ("validated", "qualified"))


@given(st.text(max_size=120))
def test_a_name_is_taken_or_refused_and_never_crashes(name: str) -> None:
    try:
        traits = replace(PROVISIONAL, birth_name=name)
    except Unacceptable:
        return
    assert traits.birth_name.isprintable()
    assert len(traits.initials) >= 2
