"""What people may see of circles and of each other. Each answers after the gate, or only about the person who asks.

Used by `circles.api` and `chat`; `circles.candidates` has the search. The number of queries does not grow with the
answer.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, Literal, TypedDict, cast
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from nacl.signing import SigningKey

from accounts.selectors import email_of, identity_of
from circles import access
from circles.absences import absences
from circles.errors import NotAllowed, NotFound
from circles.ins import PatientTraits
from circles.models import Circle, Invitation, Member, Place, Professional, Steward
from circles.patients import open_traits
from circles.progress import progress_of
from circles.roles import ABILITIES, ORGANISATION_ABILITIES, Ability, Ground, OrganisationAbility, Role, eligible
from circles.rules import REOPENED_WITHIN
from circles.schemas import (
    Admission,
    Card,
    CardFields,
    CircleDetail,
    CircleRow,
    ClosureShown,
    Compartment,
    ConsentShown,
    Former,
    How,
    Inviter,
    Kind,
    Me,
    MemberRow,
    MyInvitation,
    Organisation,
    OwnAbility,
    PatientShown,
    Peer,
    PendingInvitation,
    Profession,
    ProfessionalCard,
    ServedOrganisation,
    State,
    Welcome,
)
from directory.models import Organization, PractitionerRole
from directory.sectors import Sector
from directory.selectors import addressed


def me(user_id: UUID) -> Me:
    """The person who asks. Raises NotAllowed `not_registered` for an account that is not linked to the directory."""
    professional = _linked().filter(user_id=user_id).first()
    if professional is None:
        raise NotAllowed("not_registered")
    held = professional.practitioner_role
    identity = identity_of(user_id)
    may_open = held.active and held.practitioner.active and eligible(held.profession_system, held.profession_code)
    served = access.organizations_for(user_id)
    steward = steward_of(held.organization_id)
    return Me(
        **card(held),
        id=user_id,
        email=email_of(user_id),
        identity_key=None if identity is None else text_of(identity.identity_key),
        history_key=None if identity is None else text_of(identity.history_key),
        vault=identity is not None,  # the first device binds the identity and stores the vault in one act
        abilities=_held_outside_circles(served.values(), may_open=may_open),
        order_key=text_of(order_key()),
        steward=None if steward is None else text_of(steward),
        organisations=[
            ServedOrganisation(id=each.id, name=each.name, abilities=_in_order(held)) for each, held in served.items()
        ],
    )


def _held_outside_circles(served: Iterable[frozenset[OrganisationAbility]], *, may_open: bool) -> list[OwnAbility]:
    held = _in_order(frozenset[OrganisationAbility]().union(*served))
    return ["open_circle", *held] if may_open else [*held]


def _in_order(held: frozenset[OrganisationAbility]) -> list[OrganisationAbility]:
    return [each for each in ORGANISATION_ABILITIES if each in held]


def order_key() -> bytes:
    """The public half of the key that signs end orders. Each circle pins it when it is opened."""
    return bytes(SigningKey(settings.ORDER_KEY).verify_key)


def steward_of(organization_id: UUID | None) -> bytes | None:
    """The public key with which this organisation's registrars sign, once one of them has set it."""
    steward = None if organization_id is None else Steward.objects.filter(organization_id=organization_id).first()
    return None if steward is None else bytes(steward.key)


def steward_for(user_id: UUID) -> bytes | None:
    """The steward key that a circle opened by this person pins: of the organisation in which they act."""
    professional = _linked().filter(user_id=user_id).first()
    return None if professional is None else steward_of(professional.practitioner_role.organization_id)


def admissions(circle_id: UUID) -> dict[UUID, datetime]:
    """Who was invited without keys, has them now and asks to be admitted, since when."""
    asking = Invitation.objects.filter(
        circle_id=circle_id,
        state=Invitation.State.PENDING,
        admission=Invitation.Admission.ASKED,
        expires__gt=timezone.now(),
    )
    return {each.user_id: each.asked for each in asking.order_by("asked") if each.asked is not None}


def principal_of(user_id: UUID, circle_id: UUID) -> UUID | None:
    """The member whose secretariat this person is in a circle. One query."""
    place = Member.objects.filter(circle_id=circle_id, user_id=user_id, ended=None)
    return place.values_list("delegate_of_id", flat=True).first()


def professionals(user_ids: Collection[UUID]) -> dict[UUID, ProfessionalCard]:
    """Who these people are in the situation they act in by default; accounts without a link are absent. One query."""
    return {
        each.user_id: ProfessionalCard(
            **card(each.practitioner_role),
            practitioner=each.practitioner_id,
            role=each.practitioner_role_id,
        )
        for each in _linked().filter(user_id__in=user_ids)
    }


def circles_of(user_id: UUID) -> list[CircleRow]:
    """The circles that this person may read, newest first. Three queries."""
    mine = access.circles_for(user_id, "read")
    members: dict[UUID, dict[UUID, Role]] = defaultdict(dict)
    current = Member.objects.filter(circle__in=mine, ended=None)
    for circle_id, member_id, role in current.values_list("circle_id", "user_id", "role"):
        members[circle_id][member_id] = cast("Role", role)
    # Between the two queries a membership may have ended; its circle is then no longer this person's.
    peers = _peers(user_id, mine)
    rows = [
        _row(circle, user_id, members[circle.id], held, peers)
        for circle, held in mine.items()
        if user_id in members[circle.id]
    ]
    return sorted(rows, key=lambda row: row.opened, reverse=True)


def circle_detail(user_id: UUID, circle_id: UUID) -> CircleDetail:
    """Raises NotFound unless this person may read the circle. Eight queries, one more for a team or an exchange, and
    for a closed circle; up to two more while somebody is waited for.
    """
    circle = access.circle_for(user_id, circle_id, "read")
    held = access.abilities(user_id, circle_id)
    memberships = list(circle.members.select_related(*_PLACED).order_by("joined"))
    offers = list(circle.invitations.select_related("user", *_PLACED).order_by("created"))
    members = [each for each in memberships if each.ended is None]
    invited = [each for each in offers if each.state == Invitation.State.PENDING]
    progress = progress_of(invited)
    roles = {each.user_id: cast("Role", each.role) for each in members}
    if user_id not in roles:
        raise NotFound
    row = _row(circle, user_id, roles, held, _peers(user_id, [circle]))
    away = absences(roles)
    loans = circle.handovers.filter(until__isnull=False, returned=None)
    lent = dict(loans.values_list("taker_id", "until"))
    present = roles.keys() | {each.user_id for each in invited}
    # Each in the place that they held last, or were offered and never took.
    former: dict[UUID, Place] = {each.user_id: each for each in (*offers, *memberships) if each.user_id not in present}
    return CircleDetail(
        **{name: getattr(row, name) for name in CircleRow.__dataclass_fields__},
        members=[
            MemberRow(
                **_place(each), since=each.joined, absence=away.get(each.user_id), lent_until=lent.get(each.user_id)
            )
            for each in members
        ],
        invitations=[
            PendingInvitation(
                **_place(each),
                id=each.id,
                created=each.created,
                expires=each.expires,
                progress=progress[each.id],
                reminders=each.reminders,
                reminded=each.reminded,
            )
            for each in invited
        ],
        former=[Former(**card(each.practitioner_role), user=user) for user, each in former.items()],
        closure=_closure(circle) if circle.state == Circle.State.CLOSED else None,
        compartments=_compartments(circle, user_id, coordinates="invite" in held),
    )


def _compartments(circle: Circle, user_id: UUID, *, coordinates: bool) -> list[Compartment]:
    """The open ones in which this person is; to a coordinator, that the others exist. One query."""
    inside: dict[tuple[UUID, str], dict[UUID, Role]] = defaultdict(dict)
    current = Member.objects.filter(circle__parent=circle, circle__state=Circle.State.OPEN, ended=None)
    for compartment, name, member, role in current.order_by("circle_id").values_list(
        "circle_id", "circle__name", "user_id", "role"
    ):
        inside[compartment, name][member] = cast("Role", role)
    return [
        Compartment(id=compartment, name=name, member_count=len(roles), role=roles.get(user_id))
        for (compartment, name), roles in inside.items()
        if coordinates or user_id in roles
    ]


def invitations_of(user_id: UUID) -> list[MyInvitation]:
    """The invitations that this person may still answer, newest first. Three queries."""
    open_to_me = access.circles_for(user_id, "join")
    pending = list(
        Invitation.objects.filter(
            circle__in=open_to_me, user_id=user_id, state=Invitation.State.PENDING, expires__gt=timezone.now()
        )
        .select_related("circle__patient", "circle__organization")
        .order_by("-created")
    )
    inviters = professionals({each.inviter_id for each in pending})
    return [_invitation(each, inviters[each.inviter_id]) for each in pending]


def welcome(invitation: Invitation, *, expires: datetime) -> Welcome:
    """What the link in an invitee's letter shows, and until when. Authorises nothing. One query."""
    inviter = professionals([invitation.inviter_id])[invitation.inviter_id]
    return Welcome(
        **card(invitation.practitioner_role),
        inviter=Inviter(name=inviter.name, profession=inviter.profession, organisation=inviter.organisation),
        kind=cast("Kind", invitation.circle.kind),
        role=cast("Role", invitation.role),
        not_after=invitation.not_after,
        expires=expires,
    )


def subject_of(circle_id: UUID) -> UUID | None:
    """Whom the circle is about, as the trail names patients. Discloses nothing by itself."""
    return Circle.objects.values_list("patient_id", flat=True).get(id=circle_id)


def card(held: PractitionerRole) -> CardFields:
    """Who somebody is in this directory role; `practitioner` and `organization` are loaded with it."""
    practitioner, organization = held.practitioner, held.organization
    return CardFields(
        name=addressed(practitioner),
        family_name=practitioner.family_name,
        given_name=practitioner.given_name,
        civility=practitioner.civility,
        profession=Profession(code=held.profession_code, label=held.profession_label),
        sector=cast("Sector", held.sector),
        organisation=None if organization is None else _organisation(organization),
    )


def card_fields(shown: Card) -> CardFields:
    """The fields of a card of any kind, for another kind."""
    return CardFields(
        name=shown.name,
        family_name=shown.family_name,
        given_name=shown.given_name,
        civility=shown.civility,
        profession=shown.profession,
        sector=shown.sector,
        organisation=shown.organisation,
    )


def text_of(key: bytes | memoryview) -> str:
    return base64.b64encode(key).decode()


_HELD: Final = ("practitioner_role__practitioner", "practitioner_role__organization")
_PLACED: Final = (*_HELD, "consent")


def _linked() -> QuerySet[Professional]:
    return Professional.objects.select_related(*_HELD)


def _closure(circle: Circle) -> ClosureShown | None:
    closure = circle.closures.filter(reopened=None).first()
    if closure is None:
        return None
    return ClosureShown(
        closed=closure.closed,
        by=closure.closed_by_id,
        code=cast("Literal['decided', 'opposition', 'nobody_left']", closure.code),
        reopens_until=closure.closed + REOPENED_WITHIN,
    )


def _row(
    circle: Circle,
    user_id: UUID,
    roles: dict[UUID, Role],
    held: frozenset[Ability],
    peers: Mapping[UUID, ProfessionalCard],
) -> CircleRow:
    other = _other(circle, user_id)
    return CircleRow(
        **_about(circle, None if other is None else (other, peers[other]), to_member=True),
        id=circle.id,
        state=cast("State", circle.state),
        role=roles[user_id],
        member_count=len(roles),
        opened=circle.opened,
        abilities=[each for each in ABILITIES if each in held],
    )


def _peers(user_id: UUID, circles: Iterable[Circle]) -> dict[UUID, ProfessionalCard]:
    """With whom this person talks in those of the circles that are exchanges. A query when there is one."""
    others = {other for circle in circles if (other := _other(circle, user_id)) is not None}
    return professionals(others) if others else {}


def _other(circle: Circle, user_id: UUID) -> UUID | None:
    """The other person of an exchange; None of a circle of another kind."""
    return circle.created_by_id if circle.peer_id == user_id else circle.peer_id


class _AboutFields(TypedDict):
    kind: Kind
    patient: PatientShown | None
    parent: UUID | None
    name: str | None
    organisation: Organisation | None
    peer: Peer | None
    colour: str
    weave: int
    initials: str


def _about(circle: Circle, other: tuple[UUID, ProfessionalCard] | None, *, to_member: bool) -> _AboutFields:
    """`other` is the other person of an exchange. Only members are shown a matricule."""
    traits = None if circle.patient is None else open_traits(circle.patient)
    peer = None if other is None else _peer(*other)
    return _AboutFields(
        kind=cast("Kind", circle.kind),
        patient=None if traits is None else _patient(traits, matricule=traits.shown_matricule if to_member else None),
        parent=circle.parent_id,
        name=circle.name or None,
        organisation=None if circle.organization is None else _organisation(circle.organization),
        peer=peer,
        colour=circle.colour,
        weave=circle.weave,
        initials=_initials(circle.name, traits, peer),
    )


def _initials(name: str, traits: PatientTraits | None, peer: Peer | None) -> str:
    """The patient's; without one, of the two people's other, or of the team's name."""
    if traits is not None:
        return traits.initials
    words = name.split() if peer is None else [peer.given_name, peer.family_name]
    return "".join(word[0] for word in words[:2]).upper()


def _peer(user_id: UUID, shown: ProfessionalCard) -> Peer:
    return Peer(**{name: getattr(shown, name) for name in Card.__dataclass_fields__}, user=user_id)


def _organisation(organization: Organization) -> Organisation:
    return Organisation(id=organization.id, name=organization.name, city=organization.city or None)


def _patient(traits: PatientTraits, *, matricule: str | None) -> PatientShown:
    return PatientShown(
        family=traits.birth_name,
        given=traits.given_names,
        used_name=traits.used_name,
        sex=traits.sex,
        birth_date=traits.birth_date,
        identity_status=traits.identity_status,
        attributes=list(traits.attributes),
        matricule=matricule,
    )


class _PlaceFields(CardFields):
    user: UUID
    practitioner: UUID
    role: Role
    ground: Ground
    not_after: datetime | None
    consent: ConsentShown | None
    delegate_of: UUID | None


def _place(place: Place) -> _PlaceFields:
    return _PlaceFields(
        **card(place.practitioner_role),
        user=place.user_id,
        practitioner=place.practitioner_role.practitioner_id,
        role=cast("Role", place.role),
        ground=cast("Ground", place.ground),
        not_after=place.not_after,
        consent=None
        if place.consent is None
        else ConsentShown(id=place.consent.id, given_on=place.consent.given_on, how=cast("How", place.consent.how)),
        delegate_of=place.delegate_of_id,
    )


def _invitation(invitation: Invitation, inviter: ProfessionalCard) -> MyInvitation:
    exchange = invitation.circle.kind == Circle.Kind.DIRECT
    about = _about(invitation.circle, (invitation.inviter_id, inviter) if exchange else None, to_member=False)
    if about["patient"] is not None and invitation.admission != Invitation.Admission.NOT_NEEDED:
        # No coordinator has made sure yet of who has opened the letter: initials are enough to ask to be let in.
        about["patient"], about["name"] = None, " ".join(f"{letter}." for letter in about["initials"])
    return MyInvitation(
        **about,
        id=invitation.id,
        circle=invitation.circle_id,
        inviter=Inviter(name=inviter.name, profession=inviter.profession, organisation=inviter.organisation),
        ground=cast("Ground", invitation.ground),
        role=cast("Role", invitation.role),
        not_after=invitation.not_after,
        created=invitation.created,
        expires=invitation.expires,
        admission=cast("Admission", invitation.admission),
    )
