"""Finding who one looks for in the directory of Saint-Aubrac, as it is typed between two visits."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from audit.events import SYSTEM
from directory.errors import NotFound, QueryTooLong
from directory.generate import FILE, SOURCE
from directory.models import Practitioner, PractitionerRole
from directory.reading import entries_of
from directory.selectors import RoleEntry, role, roles_of_practitioners, search
from directory.services import sync

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def saint_aubrac(db: None) -> None:
    assert sync(actor=SYSTEM, source=SOURCE, entries=entries_of(FILE)).quarantined == 0


def names(found: list[RoleEntry]) -> list[str]:
    return [entry.family_name for entry in found]


def test_by_profession_and_town() -> None:
    found = search(q="kinesitherapeute saint-aubrac")
    assert set(names(found)) == {"Ducasse", "Pradel", "Arnal", "Audran", "Brunel"}, "not the one of Montferrand"
    assert {entry.city for entry in found} == {"Saint-Aubrac"}


def test_everything_that_an_invitation_shows_is_there() -> None:
    (entry,) = search(q="roussel")
    assert entry.name == "Dr Hélène ROUSSEL"
    assert (entry.profession_code, entry.profession_label, entry.speciality) == (
        "10",
        "Médecin généraliste",
        "Médecine générale",
    )
    assert entry.sector == "health"
    assert entry.organisation is not None
    assert (entry.organisation.name, entry.organisation.city) == ("MSP du Pré-Clos", "Saint-Aubrac")
    assert entry.rpps is not None
    assert entry.rpps.startswith("10990")
    assert entry.mssante == "helene.roussel@demo.mssante.example"


@pytest.mark.parametrize("typed", ["rousel", "ROUSSEL", "Hélène Roussel", "helene", "roussel generaliste", "rous"])
def test_typos_case_accents_and_beginnings_do_not_matter(typed: str) -> None:
    assert names(search(q=typed))[0] == "Roussel"


def test_a_name_in_full_comes_before_near_misses() -> None:
    assert names(search(q="morel"))[0] == "Morel"


def test_near_misses_are_left_out_when_somebody_has_the_name() -> None:
    assert names(search(q="vasseur")) == ["Vasseur"], "and no masseur"
    assert names(search(q="vaseur")) != []


def test_everybody_of_a_profession_whatever_its_gender() -> None:
    nurses = PractitionerRole.objects.filter(profession_code="60").count()
    for typed in ("infirmier", "infirmière", "ide"):
        found = [entry for entry in search(q=typed, limit=100) if entry.profession_code == "60"]
        assert len(found) == nurses, typed
    assert "Infirmière" in {entry.profession_label for entry in search(q="infirmière", limit=100)}


def test_a_name_and_a_profession() -> None:
    assert names(search(q="benali pharmacien")) == ["Benali"]
    assert search(q="benali infirmier") == []


def test_the_words_people_use() -> None:
    for typed, family in (
        ("kine ducasse", "Ducasse"),
        ("cardiologue", "Vasseur"),
        ("assistant social ccas", "Oyelaran"),
    ):
        assert family in names(search(q=typed)), typed


@pytest.mark.parametrize(
    ("family", "sector"),
    [
        ("Landrin", "medico_social"),
        ("Haddad", "medico_social"),
        ("Oyelaran", "social"),
        ("Caron", "social"),
        ("Merle", "health"),
    ],
)
def test_the_sector_is_that_of_the_place_or_of_the_profession(family: str, sector: str) -> None:
    assert search(q=family)[0].sector == sector


@pytest.mark.parametrize("typed", ["", "   ", "'", "%", "_", "--", "…", "\x00"])
def test_nothing_to_look_for_finds_nobody(typed: str) -> None:
    assert search(q=typed) == []


@pytest.mark.parametrize("typed", ["'; DROP TABLE directory_practitioner; --", "roussel' OR '1'='1", "%' OR 1=1"])
def test_input_that_looks_like_sql_is_only_words(typed: str) -> None:
    assert names(search(q=typed)) in ([], ["Roussel"])
    assert Practitioner.objects.exists()


def test_the_length_of_a_query_is_bounded() -> None:
    assert search(q="zzzz " * 40) == []
    with pytest.raises(QueryTooLong):
        search(q="a" * 201)


def test_the_number_of_results_is_bounded() -> None:
    assert len(search(q="saint", limit=3)) == 3
    assert search(q="saint", limit=0) == []


def test_who_no_longer_practises_comes_last() -> None:
    PractitionerRole.objects.filter(practitioner__family_name="Ducasse").update(active=False)
    last = search(q="kine saint-aubrac")[-1]
    assert (last.family_name, last.active) == ("Ducasse", False)


def test_one_query_however_many_are_found(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert len(search(q="saint-aubrac", limit=50)) == 50


def test_a_role_by_id() -> None:
    (entry,) = search(q="vasseur")
    assert role(entry.role) == entry
    assert roles_of_practitioners([entry.practitioner]) == {entry.practitioner: [entry]}
    with pytest.raises(NotFound):
        role(entry.practitioner)
