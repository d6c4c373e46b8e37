"""A system of an organisation, for tests: it shows its secret at the token endpoint and speaks FHIR with the token.

Used by the tests of the FHIR interface. Every resource in an answer is validated as R4B by fhir.resources.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client
from fhir.resources.R4B import get_fhir_model_class

from audit.events import SYSTEM
from circles import access
from circles.careteam.systems import SystemSecret, create_system
from circles.services import appoint
from directory.models import Organization, PractitionerRole
from tests.factories import Colleague

Json = dict[str, Any]
FHIR = "application/fhir+json"


@dataclass(frozen=True)
class Program:
    """`program.get("CareTeam?status=active")`; `ask` is the whole answer."""

    secret: SystemSecret
    organization: Organization
    token: str

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> HttpResponse:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        client = Client(SERVER_NAME="localhost", headers=sent)
        address = f"/fhir/{path}" if path else "/fhir"
        if method == "GET":
            return client.get(address)  # type: ignore[return-value]
        return client.generic(method, address, data, content_type=headers.get("Content-Type", FHIR))  # type: ignore[return-value]

    def get(self, path: str, status: int = 200) -> Json:
        return said(self.ask("GET", path), status)


def said(response: HttpResponse, status: int = 200) -> Json:
    """The resource of an answer, which is valid FHIR and says so."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith(FHIR)
    resource: Json = json.loads(response.content)
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    return resource


def refusals(response: HttpResponse, status: int) -> list[tuple[str, str]]:
    """(code, expression) of each issue of a refusal."""
    outcome = said(response, status)
    assert outcome["resourceType"] == "OperationOutcome"
    issues = outcome["issue"]
    return [(each["details"]["coding"][0]["code"], each.get("expression", [""])[0]) for each in issues]


def organization_of(person: Colleague) -> Organization:
    organization = PractitionerRole.objects.select_related("organization").get(id=person.role_id).organization
    assert organization is not None
    return organization


def administers(person: Colleague) -> None:
    appoint(actor=SYSTEM, user_id=person.id, organization_id=organization_of(person).id, role="administrator")


def a_program(person: Colleague, *, scope: str = "careteam.read careteam.write") -> Program:
    """A system of this person's organisation, set up by them; what it proposes reaches them."""
    organization = organization_of(person)
    if not access.organizations_for(person.id):
        administers(person)
    secret = create_system(
        actor=person.actor, organization_id=organization.id, name="Logiciel de cabinet", coordinator_id=person.id
    )
    answer = token_for(secret, scope)
    assert answer.status_code == 200, answer.content
    return Program(secret, organization, json.loads(answer.content)["access_token"])


def token_for(secret: SystemSecret, scope: str = "careteam.read", **changes: str) -> HttpResponse:
    shown = base64.b64encode(f"{secret.client_id}:{secret.client_secret}".encode()).decode()
    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Basic {shown}"})
    return client.post("/oauth/token", {"grant_type": "client_credentials", "scope": scope} | changes)  # type: ignore[return-value]


def works_with(person: Colleague, colleague: Colleague) -> None:
    """From now on `person` acts in the organisation of `colleague`."""
    PractitionerRole.objects.filter(id=person.role_id).update(organization=organization_of(colleague))


def team_ids(bundle: Json) -> list[UUID]:
    return [UUID(each["resource"]["id"]) for each in bundle["entry"] if each["search"]["mode"] == "match"]
