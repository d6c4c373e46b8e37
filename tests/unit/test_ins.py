"""The rules of a patient's identity: status, attributes, number and key, names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from circles.errors import Unacceptable
from circles.ins import DEMO_OID, TEST_OID, PatientTraits, key_of

NIR, NIA = "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"
JEANNE = PatientTraits(
    birth_name="AUBERTIN",
    given_names="Jeanne",
    birth_date=date(1941, 3, 12),
    sex="F",
    birthplace="38185",
    identity_status="qualified",
    matricule=f"2410338185002{key_of('2410338185002'):02}",
    oid=DEMO_OID,
)
NO_NUMBER = {"matricule": None, "oid": None}
WRONG_KEY = "241033818500200"


def refusal(**changes: object) -> str | None:
    """The code with which these changes to a sound identity are refused; None when they are not."""
    try:
        replace(JEANNE, **changes)  # type: ignore[arg-type]
    except Unacceptable as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("number", "key"),
    [
        # Both are printed on specimens of the carte Vitale.
        ("2690549588157", 80),
        ("2550814168025", 38),
        # Corsica: 2A is computed as 19, 2B as 18.
        ("155082A001234", 97 - 1550819001234 % 97),
        ("155082B001234", 97 - 1550818001234 % 97),
    ],
)
def test_the_key_is_97_minus_the_rest(number: str, key: int) -> None:
    assert key_of(number) == key


@pytest.mark.parametrize("oid", [NIR, NIA])
def test_a_wrong_key_is_refused_for_a_number_of_a_person(oid: str) -> None:
    assert refusal(oid=oid) is None
    assert refusal(oid=oid, matricule=WRONG_KEY) == "wrong_matricule_key"


@pytest.mark.parametrize("oid", [TEST_OID, DEMO_OID])
def test_a_wrong_key_is_only_warned_about_for_a_number_of_nobody(oid: str) -> None:
    assert replace(JEANNE, oid=oid).warnings == ()
    assert replace(JEANNE, oid=oid, matricule=WRONG_KEY).warnings == ("wrong_matricule_key",)


@pytest.mark.parametrize(
    "matricule",
    [
        "",
        "2410338185002",
        "2410338185002160",
        "24103381850021A",
        "2410338 8500216",
        "941033818500216",
        "241032C18500216",
        "٢41033818500216",
    ],
)
def test_a_number_has_fifteen_characters_of_its_form(matricule: str) -> None:
    assert refusal(matricule=matricule) == "bad_matricule"


def test_a_number_comes_with_its_kind_and_the_kind_is_known() -> None:
    assert refusal(oid=None) == "matricule_without_oid"
    assert refusal(matricule=None) in ("matricule_without_oid", "status_needs_matricule")
    assert refusal(oid="1.2.250.1.213.1.4.12") == "unknown_oid"


@pytest.mark.parametrize("attribute", ["doubtful", "fictive"])
@pytest.mark.parametrize("status", ["retrieved", "validated", "qualified"])
def test_doubtful_and_fictive_go_only_with_a_provisional_identity(attribute: str, status: str) -> None:
    assert refusal(identity_status=status) is None
    assert refusal(identity_status=status, attributes=(attribute,)) == "attribute_needs_provisional"
    assert refusal(identity_status="provisional", attributes=(attribute,), **NO_NUMBER) is None


@pytest.mark.parametrize("attribute", ["doubtful", "fictive"])
def test_a_doubtful_or_fictive_identity_has_no_number(attribute: str) -> None:
    assert refusal(identity_status="provisional", attributes=(attribute,)) == "attribute_without_matricule"


def test_doubt_and_homonymy_go_together_and_fiction_stands_alone() -> None:
    provisional = {"identity_status": "provisional", **NO_NUMBER}
    assert refusal(**provisional, attributes=("homonym", "doubtful")) is None
    assert refusal(**provisional, attributes=("fictive",)) is None
    assert refusal(**provisional, attributes=("doubtful", "fictive")) == "fictive_stands_alone"
    assert refusal(**provisional, attributes=("fictive", "homonym")) == "fictive_stands_alone"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("provisional", "document_needs_validation"),
        ("retrieved", "document_needs_validation"),
        ("validated", None),
        ("qualified", None),
    ],
)
def test_a_document_that_was_looked_at_validates(status: str, code: str | None) -> None:
    assert refusal(identity_status=status, document="passport") == code
    assert refusal(identity_status=status, document="library_card") == "bad_document"


def birth_refusal(day: date) -> str | None:
    try:
        replace(JEANNE, birth_date=day).check_birth_date(date(2026, 11, 22))
    except Unacceptable as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 11, 22), None),
        (date(2026, 11, 23), "date_in_future"),
        (date(2126, 1, 1), "date_in_future"),
        (date(1896, 1, 1), None),
        (date(1895, 12, 31), "bad_birth_date"),
    ],
)
def test_a_patient_was_born_and_may_still_live(day: date, code: str | None) -> None:
    assert birth_refusal(day) == code


def numbered(thirteen: str, **changes: object) -> tuple[str, ...]:
    """The warnings of this identity under this number, whose key is right."""
    changed = replace(JEANNE, matricule=f"{thirteen}{key_of(thirteen):02}", **changes)  # type: ignore[arg-type]
    return changed.warnings


def test_a_number_that_contradicts_the_traits_is_warned_about() -> None:
    assert numbered("2410338185002") == ()
    assert numbered("1410338185002") == ("matricule_of_other_sex",)
    assert numbered("8410338185002") == ()
    assert numbered("2420338185002") == ("matricule_of_other_birth_date",)
    assert numbered("2410438185002") == ("matricule_of_other_birth_date",)
    assert numbered("2413138185002") == (), "the month was not known"
    assert numbered("2410338186002") == ("matricule_of_other_birthplace",)
    assert numbered("1420375056002") == (
        "matricule_of_other_sex",
        "matricule_of_other_birth_date",
        "matricule_of_other_birthplace",
    )


def test_places_that_changed_their_number_are_not_warned_about() -> None:
    assert numbered("2410320004002", birthplace="2A004") == ()
    assert numbered("241032A004002", birthplace="2A004") == ()
    assert numbered("2410391352002", birthplace="99352") == ()
    assert numbered("2410338185002", birthplace="99999") == ()
    assert numbered("2410338185002", birthplace="99352") == ("matricule_of_other_birthplace",)


STEPS = {
    "provisional": {"provisional", "retrieved", "validated", "qualified"},
    "retrieved": {"provisional", "retrieved", "validated", "qualified"},
    "validated": {"provisional", "validated", "qualified"},
    "qualified": {"provisional", "validated", "qualified"},
}


def step(before: PatientTraits, after: PatientTraits) -> str | None:
    try:
        after.check_follows(before)
    except Unacceptable as error:
        return error.code
    return None


@pytest.mark.parametrize("before", STEPS)
@pytest.mark.parametrize("after", STEPS)
def test_a_status_follows_another(before: str, after: str) -> None:
    document = "identity_card" if after in ("validated", "qualified") else None
    reached = replace(JEANNE, identity_status=after, document=document)  # type: ignore[arg-type]
    answer = step(replace(JEANNE, identity_status=before), reached)  # type: ignore[arg-type]
    assert answer == (None if after in STEPS[before] else "status_not_reachable")


def test_a_document_is_named_when_it_counts() -> None:
    retrieved, seen = replace(JEANNE, identity_status="retrieved"), replace(JEANNE, document="passport")
    assert step(retrieved, JEANNE) == "document_required"
    assert step(retrieved, seen) is None
    # Validated before, and nothing that the document says has changed.
    assert step(JEANNE, replace(JEANNE, used_name="DUPLAN")) is None
    # Another birth date is another look at the document.
    assert step(JEANNE, replace(JEANNE, birth_date=date(1941, 3, 13))) == "document_required"
    assert step(JEANNE, replace(seen, birth_date=date(1941, 3, 13))) is None


@pytest.mark.parametrize("status", ["provisional", "retrieved", "validated", "qualified"])
def test_a_homonym_may_have_any_status(status: str) -> None:
    assert refusal(identity_status=status, attributes=("homonym",)) is None


@pytest.mark.parametrize("status", ["retrieved", "qualified"])
def test_what_the_national_service_answered_has_a_number(status: str) -> None:
    assert refusal(identity_status=status, **NO_NUMBER) == "status_needs_matricule"
    assert refusal(identity_status="validated", **NO_NUMBER) is None


@pytest.mark.parametrize(
    ("status", "shown"), [("provisional", False), ("retrieved", False), ("validated", False), ("qualified", True)]
)
def test_the_number_is_shown_only_when_qualified(status: str, shown: bool) -> None:
    traits = replace(JEANNE, identity_status=status)  # type: ignore[arg-type]
    assert traits.shown_matricule == (traits.matricule if shown else None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"identity_status": "certified"}, "bad_identity_status"),
        ({"attributes": ("deceased",)}, "bad_identity_attributes"),
        ({"attributes": ("homonym", "homonym")}, "bad_identity_attributes"),
        ({"sex": "X"}, "bad_sex"),
        ({"birthplace": "3818"}, "bad_birthplace"),
        ({"birthplace": "2C004"}, "bad_birthplace"),
        ({"birth_name": ""}, "bad_name"),
        ({"birth_name": " '-"}, "bad_name"),
        ({"birth_name": "AUBERTIN<b>"}, "bad_name"),
        ({"given_names": "Jeanne 2"}, "bad_name"),
        ({"given_names": "Jean\u202ene"}, "bad_name"),
        ({"used_name": "x" * 101}, "bad_name"),
    ],
)
def test_everything_else_is_refused_with_its_code(changes: dict[str, object], code: str) -> None:
    assert refusal(**changes) == code


@pytest.mark.parametrize("birthplace", ["38185", "2A004", "99100", "97411"])
def test_a_birthplace_is_a_commune_or_a_country(birthplace: str) -> None:
    assert refusal(birthplace=birthplace) is None


def test_names_have_one_spelling() -> None:
    traits = replace(JEANNE, birth_name=" GRANDVAUX-D’ORMESSON ", given_names="E\u0301mile", used_name=None)
    assert (traits.birth_name, traits.given_names, traits.initials) == ("GRANDVAUX-D’ORMESSON", "\u00c9mile", "G\u00c9")
