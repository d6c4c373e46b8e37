"""Two organisations that share a circle, each with its compliance officer, and a third that has nothing to do with it.

Used by the tests of the officer's desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.test import Client

from audit.events import SYSTEM
from audit.models import Pseudonym
from circles.models import Circle
from circles.services import appoint
from directory.models import PractitionerRole
from tests import factories
from tests.factories import Colleague


@dataclass
class Desk:
    """An organisation, somebody who practises there, its officer, and the officer's browser."""

    organization: UUID
    member: Colleague
    officer: Colleague
    browser: Client

    def get(self, path: str = "", **query: Any) -> tuple[int, Any]:
        response = self.browser.get(f"/api/organisations/{self.organization}/trail{path}", query)
        return response.status_code, response.json()

    def post(self, path: str, body: object) -> tuple[int, Any]:
        address = f"/api/organisations/{self.organization}/trail{path}"
        response = self.browser.post(address, body, content_type="application/json")
        return response.status_code, response.json()

    def found(self, **query: Any) -> list[Any]:
        status, answer = self.get(**query)
        assert status == 200, answer
        shown: list[Any] = answer["events"]
        return shown


def organisation_of(person: Colleague) -> UUID:
    organization = PractitionerRole.objects.get(id=person.role_id).organization_id
    assert organization is not None
    return organization


def a_desk(member: Colleague | None = None) -> Desk:
    """Of the organisation in which `member`, or somebody new, practises."""
    member, officer = member or factories.a_colleague(), factories.a_colleague(factories.QUALITY)
    organization = organisation_of(member)
    PractitionerRole.objects.filter(id=officer.role_id).update(organization=organization)
    appoint(actor=SYSTEM, user_id=officer.id, organization_id=organization, role="compliance_officer")
    return Desk(organization, member, officer, factories.signed_in(officer.user))


def looks_at(person: Colleague, circle: Circle) -> int:
    status: int = factories.signed_in(person.user).get(f"/api/circles/{circle.id}").status_code
    return status


def pseudonym(kind: str, subject: UUID) -> str:
    return str(Pseudonym.objects.get(kind=kind, subject=subject).pseudonym)


def a_second_officer(desk: Desk) -> Desk:
    """The same organisation, at another officer's browser."""
    officer = factories.a_colleague(factories.QUALITY)
    PractitionerRole.objects.filter(id=officer.role_id).update(organization=desk.organization)
    appoint(actor=SYSTEM, user_id=officer.id, organization_id=desk.organization, role="compliance_officer")
    return Desk(desk.organization, desk.member, officer, factories.signed_in(officer.user))
