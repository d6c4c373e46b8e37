"""GET /api/directory and /api/structures/{id}: finding colleagues and structures, and what they are to me."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from uuid_utils.compat import uuid7

from audit.models import Event
from circles import network, services
from directory.models import HealthcareService, Organization, PractitionerRole
from tests import factories
from tests.cast import Browser
from tests.factories import Colleague


def search(client: Client, q: str) -> Any:
    response = client.get("/api/directory", {"q": q})
    assert response.status_code == 200, response.content
    return response.json()


def structure_of(colleague: Colleague) -> Organization:
    held = PractitionerRole.objects.select_related("organization").get(id=colleague.role_id)
    assert held.organization is not None
    return held.organization


def test_the_ladder(gp: Colleague, officer: Colleague, nobody: None, browser: Browser) -> None:
    structure = structure_of(gp)
    for path in ("/api/directory?q=rousselot", f"/api/structures/{structure.id}"):
        assert browser(nobody).get(path).status_code == 401
        refused = factories.signed_in(factories.a_user()).get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_registered")
        for allowed in (gp, officer):
            assert browser(allowed).get(path).status_code == 200
    assert browser(gp).get(f"/api/structures/{uuid7()}").status_code == 404


def test_people_come_with_what_they_are_to_me(
    gp: Colleague, nurse: Colleague, coordinator: Colleague, browser: Browser
) -> None:
    factories.a_practitioner(factories.NURSE, family="Landrieuxe")
    client = browser(gp)
    services.ask_contact(actor=gp.actor, user_id=nurse.id, message="")
    services.block(actor=gp.actor, user_id=coordinator.id)
    found = search(client, "landrieux")["people"]
    assert {each["family_name"]: (each["user"], each["contact"]) for each in found} == {
        "Landrieux": (str(nurse.id), "asked_by_me"),
        "Landrieuxe": (None, "none"),
    }
    assert [each["contact"] for each in search(client, "morellet")["people"]] == ["blocked"]
    assert [each["contact"] for each in search(client, "rousselot")["people"]] == ["self"]
    assert [each["contact"] for each in search(browser(nurse), "rousselot")["people"]] == ["asked_me"]
    # Somebody who was blocked sees nobody's block.
    assert [each["contact"] for each in search(browser(coordinator), "rousselot")["people"]] == ["none"]


def test_a_structure_is_found_by_beginnings_of_words(gp: Colleague, browser: Browser) -> None:
    structure = structure_of(gp)
    Organization.objects.filter(id=structure.id).update(
        name="Maison de santé du Pré-Clos", search_key=" maison de sante du pre clos grenoble 38000 "
    )
    client = browser(gp)
    for q in ("pré clos", "SANTE maison", "pre 38000"):
        assert [each["id"] for each in search(client, q)["structures"]] == [str(structure.id)], q
    assert search(client, "clos inconnu")["structures"] == []
    Organization.objects.filter(id=structure.id).update(active=False)
    assert search(client, "pré clos")["structures"] == []


def test_a_synced_structure_has_its_words(gp: Colleague) -> None:
    structure = structure_of(gp)
    assert structure.search_key == f" {structure.name.lower()} grenoble "


def test_a_structure_shows_who_practises_there_and_its_offers(
    gp: Colleague, nurse: Colleague, browser: Browser
) -> None:
    structure = structure_of(gp)
    HealthcareService.objects.create(
        source="tests",
        fhir_id="s1",
        digest=b"",
        active=True,
        organization=structure,
        name="Consultation mémoire",
        field_label="Gériatrie",
    )
    shown = browser(nurse).get(f"/api/structures/{structure.id}").json()
    assert [each["family_name"] for each in shown["people"]] == ["Rousselot"]
    assert shown["offers"] == [{"name": "Consultation mémoire", "field": "Gériatrie", "activity": ""}]
    assert (shown["city"], shown["truncated"]) == ("GRENOBLE", False)


def test_more_than_a_screen_is_said(gp: Colleague, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "PEOPLE_SHOWN", 1)
    for _ in range(2):
        factories.a_practitioner(family="Beaucoup")
    found = search(browser(gp), "beaucoup")
    assert (len(found["people"]), found["truncated"]) == (1, True)


def test_the_queries_do_not_grow(gp: Colleague, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(6):
        factories.a_colleague(factories.NURSE, family="Compte")
    with django_assert_max_num_queries(6):
        assert len(network.search(gp.id, "compte").people) == 6


def test_searches_are_in_the_trail_without_their_words(gp: Colleague, browser: Browser) -> None:
    search(browser(gp), "rousselot")
    assert Event.objects.filter(act="directory.search", out=0).count() == 1
    assert browser(gp).get("/api/directory", {"q": "x" * 201}).status_code == 422
