"""The FHIR door for what systems send: create, update, and the guide's transaction Bundle.

On the router of `circles.careteam.api`: ninja tells methods of one address apart within a router only. Thin: read, one
service, answer with the resources as they are now.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from audit.doors import audited
from audit.services import actor_of
from circles.careteam import reading, selectors
from circles.careteam.api import router, with_version
from circles.careteam.bearer import CAN_WRITE, SystemRequest
from circles.careteam.bundles import entries, version_of
from circles.careteam.errors import refused
from circles.careteam.receiving import Sent, Written, receive
from circles.careteam.sealing import Resource
from circles.careteam.vocabulary import BASE
from circles.careteam.writing import instant

__all__ = ["router"]
CREATED = {201: dict[str, Any]}


@router.post("/", auth=CAN_WRITE)
@audited("careteam.write")
def transact(request: SystemRequest) -> Resource:
    sent = entries(reading.parse(request.body))
    written = receive(actor=actor_of(request), system=request.auth, sent=sent)
    return {
        "resourceType": "Bundle",
        "type": "transaction-response",
        "entry": [_answered(request, each) for each in written],
    }


@router.post("/CareTeam", auth=CAN_WRITE, response=CREATED)
@audited("careteam.write")
def create_care_team(request: SystemRequest, response: HttpResponse) -> Resource:
    return _create(request, response, "CareTeam")


@router.put("/CareTeam/{team}", auth=CAN_WRITE)
@audited("careteam.write")
def update_care_team(request: SystemRequest, response: HttpResponse, team: UUID) -> Resource:
    return _update(request, response, "CareTeam", team)


@router.post("/Patient", auth=CAN_WRITE, response=CREATED)
@audited("careteam.write")
def create_patient(request: SystemRequest, response: HttpResponse) -> Resource:
    return _create(request, response, "Patient")


@router.put("/Patient/{wanted}", auth=CAN_WRITE)
@audited("careteam.write")
def update_patient(request: SystemRequest, response: HttpResponse, wanted: UUID) -> Resource:
    return _update(request, response, "Patient", wanted)


@router.post("/RelatedPerson", auth=CAN_WRITE, response=CREATED)
@audited("careteam.write")
def create_related_person(request: SystemRequest, response: HttpResponse) -> Resource:
    return _create(request, response, "RelatedPerson")


@router.put("/RelatedPerson/{wanted}", auth=CAN_WRITE)
@audited("careteam.write")
def update_related_person(request: SystemRequest, response: HttpResponse, wanted: UUID) -> Resource:
    return _update(request, response, "RelatedPerson", wanted)


@router.post("/Organization", auth=CAN_WRITE, response=CREATED)
@audited("careteam.write")
def create_organization(request: SystemRequest, response: HttpResponse) -> Resource:
    return _create(request, response, "Organization")


@router.put("/Organization/{wanted}", auth=CAN_WRITE)
@audited("careteam.write")
def update_organization(request: SystemRequest, response: HttpResponse, wanted: UUID) -> Resource:
    return _update(request, response, "Organization", wanted)


def _create(request: SystemRequest, response: HttpResponse, kind: str) -> Resource:
    if "If-None-Exist" in request.headers:
        raise refused("not_supported", type="not-supported", status=400)
    return _receive(request, response, Sent(kind, _body(request, kind), kind))


def _update(request: SystemRequest, response: HttpResponse, kind: str, wanted: UUID) -> Resource:
    body = _body(request, kind)
    if body.get("id") != str(wanted):
        raise refused("wrong_id", f"{kind}.id", status=400)
    known = version_of(request.headers.get("If-Match"), kind)
    return _receive(request, response, Sent(kind, body, kind, wanted, known))


def _body(request: SystemRequest, kind: str) -> Resource:
    body = reading.parse(request.body)
    if body.get("resourceType") != kind:
        raise refused("wrong_resource", kind, type="structure")
    return body


def _receive(request: SystemRequest, response: HttpResponse, sent: Sent) -> Resource:
    (written,) = receive(actor=actor_of(request), system=request.auth, sent=[sent])
    if written.created:
        response["Location"] = _location(written)
    return with_version(response, _now(request, written))


def _now(request: SystemRequest, written: Written) -> Resource:
    if written.kind == "CareTeam":
        return selectors.care_team(request.auth.organization, written.id)
    return selectors.actor(request.auth.organization, written.kind, written.id)


def _location(written: Written) -> str:
    return f"{BASE}/{written.kind}/{written.id}/_history/{written.version}"


def _answered(request: SystemRequest, written: Written) -> Resource:
    return {
        "fullUrl": f"{BASE}/{written.kind}/{written.id}",
        "resource": _now(request, written),
        "response": {
            "status": "201 Created" if written.created else "200 OK",
            "location": _location(written),
            "etag": f'W/"{written.version}"',
            "lastModified": instant(written.at),
        },
    }
