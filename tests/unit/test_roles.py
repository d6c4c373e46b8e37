"""Which role gives which abilities, which professions may hold one (CSP R1110-2), and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from circles.errors import CircleError
from circles.roles import ABILITIES, ROLE_ABILITIES, ROLES, check_may_hold, eligible

NOS = "https://mos.esante.gouv.fr/NOS/"
G15 = f"{NOS}TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
R94 = f"{NOS}TRE_R94-ProfessionSocial/FHIR/TRE-R94-ProfessionSocial"
R95 = f"{NOS}TRE_R95-UsagerTitre/FHIR/TRE-R95-UsagerTitre"
R85 = f"{NOS}TRE_R85-RolePriseCharge/FHIR/TRE-R85-RolePriseCharge"
R291 = f"{NOS}TRE_R291-AutreProfession/FHIR/TRE-R291-AutreProfession"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


def refusal(role: str, *, system: str = G15, code: str = "10", not_after: datetime | None = None) -> str | None:
    try:
        check_may_hold(role, profession_system=system, profession_code=code, not_after=not_after, now=NOW)
    except CircleError as error:
        return error.code
    return None


def test_every_role_reads_and_only_a_coordinator_decides_who_is_in() -> None:
    assert set(ROLE_ABILITIES) == set(ROLES)
    for role, abilities in ROLE_ABILITIES.items():
        assert "read" in abilities
        assert abilities <= set(ABILITIES) - {"join"}
        assert ({"invite", "remove"} <= abilities) == (role == "coordinator")


@pytest.mark.parametrize(
    ("system", "code", "who"),
    [
        (G15, "10", "médecin"),
        (G15, "60", "infirmier"),
        (G15, "35", "aide-soignant"),
        (R94, "41", "assistant de service social"),
        (R94, "213", "accompagnant éducatif et social"),
        (R95, "93", "psychologue"),
        (R95, "171", "ostéopathe"),
        (R85, "307", "mandataire judiciaire à la protection des majeurs"),
        (R85, "330", "coordonnateur de parcours"),
        (R85, "310", "équipe médico-sociale APA"),
    ],
)
def test_the_professions_of_the_list_may_be_members(system: str, code: str, who: str) -> None:
    assert eligible(system, code), who


@pytest.mark.parametrize(
    ("system", "code", "who"),
    [
        (R95, "97", "conseiller en génétique"),
        (R85, "303", "avocat"),
        (R85, "339", "professionnel de la qualité"),
        (R85, "343", "professionnel des ressources humaines"),
        (R291, "99", "acteur caractérisé par son rôle, which says nothing of the role"),
        (R94.replace("R94", "R00"), "41", "a nomenclature that nobody has read"),
        ("", "10", "no nomenclature"),
        ("x" + G15, "10", "a nomenclature that only ends like one"),
    ],
)
def test_nobody_else_may(system: str, code: str, who: str) -> None:
    assert not eligible(system, code), who
    assert refusal("member", system=system, code=code) == "profession_not_allowed"


def test_a_guest_needs_an_end_date() -> None:
    assert refusal("guest") == "guest_without_end"
    assert refusal("guest", not_after=TOMORROW) is None


@pytest.mark.parametrize("role", sorted(ROLES))
def test_an_end_date_lies_in_the_future(role: str) -> None:
    assert refusal(role, not_after=TOMORROW) is None
    assert refusal(role, not_after=NOW) == "end_in_the_past"


def test_a_secretariat_needs_no_profession_of_the_list() -> None:
    assert refusal("delegate", system="", code="") is None
    assert refusal("member", system="", code="") == "profession_not_allowed"


@pytest.mark.parametrize("role", ["owner", ""])
def test_nobody_is_invited_as_something_unknown(role: str) -> None:
    assert refusal(role, not_after=TOMORROW) == "role_not_allowed"
