"""The FHIR door, below `/fhir/`: care teams and those they name, for systems of organisations.

Thin: read the request, one selector or service, answer. `config.fhir` speaks for it when something is refused. Every
answer is in the trail with the system that asked, before its first byte leaves.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from ninja import Router

from audit.doors import audited, not_audited
from audit.services import actor_of, record
from circles.careteam import selectors
from circles.careteam.bearer import CAN_READ, SystemRequest
from circles.careteam.capability import statement
from circles.careteam.errors import refused
from circles.careteam.sealing import Resource
from circles.careteam.searching import Search, place_of
from circles.careteam.selectors import Found
from circles.careteam.vocabulary import BASE

router = Router(auth=CAN_READ, tags=["fhir"])


@router.get("/metadata", auth=None)
@not_audited("Says what the server can do, the same to everybody.")
def read_metadata(request: HttpRequest) -> Resource:
    return statement(base=BASE, software=settings.VERSION)


@router.get("/CareTeam")
@audited("careteam.search")
def search_care_teams(request: SystemRequest) -> Resource:
    search = Search.read(request.GET)
    found = selectors.search(request.auth.organization, search)
    record("careteam.search", actor=actor_of(request), cnt=len(found.ids), detail=_shown(found))
    return _bundle("searchset", request, found)


@router.get("/CareTeam/_history")
@audited("careteam.read")
def read_all_history(request: SystemRequest) -> Resource:
    return _history(request, None)


@router.get("/CareTeam/{team}")
@audited("careteam.read")
def read_care_team(request: SystemRequest, response: HttpResponse, team: UUID) -> Resource:
    shown = selectors.care_team(request.auth.organization, team)
    _record_read(request, team)
    return with_version(response, shown)


@router.get("/CareTeam/{team}/_history")
@audited("careteam.read")
def read_history(request: SystemRequest, team: UUID) -> Resource:
    return _history(request, team)


@router.get("/CareTeam/{team}/_history/{version}")
@audited("careteam.read")
def read_version(request: SystemRequest, response: HttpResponse, team: UUID, version: int) -> Resource:
    shown = selectors.care_team(request.auth.organization, team, min(version, 2**31 - 1))
    _record_read(request, team)
    return with_version(response, shown)


@router.get("/Patient/{wanted}")
@audited("patient.read")
def read_patient(request: SystemRequest, wanted: UUID) -> Resource:
    return selectors.actor(request.auth.organization, "Patient", wanted)


@router.get("/RelatedPerson/{wanted}")
@audited("patient.read")
def read_related_person(request: SystemRequest, wanted: UUID) -> Resource:
    return selectors.actor(request.auth.organization, "RelatedPerson", wanted)


@router.get("/Organization/{wanted}")
@audited("directory.read")
def read_organization(request: SystemRequest, wanted: UUID) -> Resource:
    return selectors.actor(request.auth.organization, "Organization", wanted)


@router.get("/PractitionerRole/{wanted}")
@audited("directory.read")
def read_practitioner_role(request: SystemRequest, wanted: UUID) -> Resource:
    return selectors.actor(request.auth.organization, "PractitionerRole", wanted)


@router.get("/Practitioner/{wanted}")
@audited("directory.read")
def read_practitioner(request: SystemRequest, wanted: UUID) -> Resource:
    return selectors.actor(request.auth.organization, "Practitioner", wanted)


def with_version(response: HttpResponse, shown: Resource) -> Resource:
    """The version as HTTP says it, for the next `If-Match`."""
    response["ETag"] = f'W/"{shown["meta"]["versionId"]}"'
    return shown


def _history(request: SystemRequest, team: UUID | None) -> Resource:
    asked = request.GET.copy()
    since = _instant(asked.pop("_since")[-1]) if "_since" in asked else None
    if unknown_ones := set(asked) - {"_count", "_after", "_format", "_pretty"}:
        raise refused("unknown_parameter", min(unknown_ones)[:64], type="not-supported", status=400)
    found = selectors.history(request.auth.organization, team=team, since=since, page=Search.read(asked))
    if team is None:
        record("careteam.read", actor=actor_of(request), cnt=len(found.ids), detail=_shown(found))
    else:
        _record_read(request, team)
    return _bundle("history", request, found)


def _instant(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise refused("bad_search_value", "_since", type="value", status=400) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _record_read(request: SystemRequest, team: UUID) -> None:
    record("careteam.read", actor=actor_of(request), circle_id=team, patient_id=selectors.patient_of(team))


def _shown(found: Found) -> dict[str, list[str]]:
    return {"teams": sorted({str(each) for each in found.ids})}


def _bundle(kind: str, request: HttpRequest, found: Found) -> Resource:
    """A page; no `total`: counting all that one may see costs more than any page."""
    links = [{"relation": "self", "url": f"{settings.PUBLIC_URL}{request.get_full_path()}"}]
    if found.last is not None:
        further = QueryDict(mutable=True)
        further.update(request.GET)
        further["_after"] = place_of(found.last)
        links.append(
            {"relation": "next", "url": f"{BASE}{request.path_info.removeprefix('/fhir')}?{further.urlencode()}"}
        )
    teams = [_entry(each, kind, "match") for each in found.teams]
    return {
        "resourceType": "Bundle",
        "type": kind,
        "link": links,
        "entry": [*teams, *(_entry(each, kind, "include") for each in found.included)],
    }


def _entry(resource: Resource, kind: str, mode: str) -> Resource:
    entry: Resource = {"fullUrl": f"{BASE}/{resource['resourceType']}/{resource['id']}", "resource": resource}
    if kind == "searchset":
        return entry | {"search": {"mode": mode}}
    version = resource["meta"]["versionId"]
    return entry | {
        "request": {"method": "POST" if version == "1" else "PUT", "url": f"CareTeam/{resource['id']}"},
        "response": {"status": "201" if version == "1" else "200", "etag": f'W/"{version}"'},
    }
