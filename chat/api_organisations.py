"""HTTP of an organisation's registrars (docs/protocol.md): its people and their keys, its steward key, its circles
without a coordinator. Nothing here names a patient.

Thin doors: decode, one service or selector, answer. The gate answers `not_found` to everybody else.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Router, Schema

from accounts.http import SignedInRequest, check_presence, signed_in
from audit.doors import audited
from audit.services import actor_of, record
from chat import stewards
from chat.schemas import Base64, Body, Done, Short
from circles import access
from circles import services as circles

router = Router(auth=signed_in, tags=["organisations"])


class ProfessionOut(Schema):
    code: str
    label: str


class OrganisationPersonOut(Schema):
    user: UUID
    name: str
    number: str
    system: str
    profession: ProfessionOut
    identity_key: Base64 | None
    since: datetime | None
    attestation: Base64 | None


class OrganisationPeopleOut(Schema):
    steward: Base64 | None
    people: list[OrganisationPersonOut]


class StrandedMemberOut(Schema):
    user: UUID
    name: str
    profession: ProfessionOut


class StrandedCircleOut(Schema):
    id: UUID
    opened: datetime
    members: list[StrandedMemberOut]


class StrandedCirclesOut(Schema):
    circles: list[StrandedCircleOut]


class StewardIn(Body):
    key: Short


class AttestationIn(Body):
    attestation: Short


class RestorationIn(Body):
    order: Short


@router.get("/organisations/{organisation_id}/people", response=OrganisationPeopleOut)
@audited("registrar.read")
def read_people(request: SignedInRequest, organisation_id: UUID) -> OrganisationPeopleOut:
    found = stewards.people_for(request.user.id, organisation_id)
    _record_read(request, organisation_id, len(found.people))
    return OrganisationPeopleOut(
        steward=found.steward,
        people=[
            OrganisationPersonOut(
                user=each.user,
                name=each.name,
                number=each.number,
                system=each.system,
                profession=ProfessionOut(code=each.profession_code, label=each.profession_label),
                identity_key=each.identity,
                since=each.since,
                attestation=found.attestations.get(each.user),
            )
            for each in found.people
        ],
    )


@router.put("/organisations/{organisation_id}/steward", response=Done)
@audited("steward.set")
def set_steward(request: SignedInRequest, organisation_id: UUID, body: StewardIn) -> Done:
    """The first key wins, and circles pin it for good: a stolen session alone must not choose it."""
    access.organization_for(request.user.id, organisation_id, "attest")
    check_presence(request)
    circles.set_steward(actor=actor_of(request), organization_id=organisation_id, key=body.key)
    return Done()


@router.post("/organisations/{organisation_id}/attestations", response=Done)
@audited("identity.attest")
def attest(request: SignedInRequest, organisation_id: UUID, body: AttestationIn) -> Done:
    stewards.attest(actor=actor_of(request), organization_id=organisation_id, attestation=body.attestation)
    return Done()


@router.get("/organisations/{organisation_id}/circles", response=StrandedCirclesOut)
@audited("registrar.read")
def read_stranded(request: SignedInRequest, organisation_id: UUID) -> StrandedCirclesOut:
    found = stewards.stranded_for(request.user.id, organisation_id)
    _record_read(request, organisation_id, len(found))
    return StrandedCirclesOut(
        circles=[
            StrandedCircleOut(
                id=each.id,
                opened=each.opened,
                members=[
                    StrandedMemberOut(
                        user=user,
                        name=card.name,
                        profession=ProfessionOut(code=card.profession.code, label=card.profession.label),
                    )
                    for user, card in each.members
                ],
            )
            for each in found
        ]
    )


@router.post("/organisations/{organisation_id}/restorations", response=Done)
@audited("member.restore")
def restore(request: SignedInRequest, organisation_id: UUID, body: RestorationIn) -> Done:
    stewards.restore(actor=actor_of(request), organization_id=organisation_id, order=body.order)
    return Done()


def _record_read(request: SignedInRequest, organisation_id: UUID, shown: int) -> None:
    record("registrar.read", actor=actor_of(request), obj=("Organization", organisation_id), cnt=shown)
