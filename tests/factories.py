"""People, identities and circles for tests, made as the product makes them: by services, the directory by its sync.

Used by `tests/cast.py` and by tests that need more people than the cast has. Names are drawn from a count, so that no
two are alike.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.test import Client
from nacl.public import PrivateKey
from nacl.signing import SigningKey
from uuid_utils.compat import uuid7

from accounts.identity import history_key_tbs
from accounts.models import User
from accounts.services import bind_identity, create_user
from audit.events import SYSTEM, Actor
from circles.ins import DEMO_OID, PatientTraits, key_of
from circles.models import Circle, Invitation, Member
from circles.services import ConsentRecord, invite, join, link_professional, open_circle
from directory.models import PractitionerRole
from directory.professions import G15, R85, R94
from directory.reading import Entry
from directory.services import sync

_numbers = itertools.count(1)
INFORMED_ON: Final = date(2026, 11, 2)


@dataclass(frozen=True, slots=True)
class Profession:
    system: str
    code: str
    label: str


GP: Final = Profession(G15, "10", "Médecin")
NURSE: Final = Profession(G15, "60", "Infirmier")
SOCIAL_WORKER: Final = Profession(R94, "41", "Assistant de service social")
COORDINATOR: Final = Profession(R85, "330", "Coordonnateur de parcours")
# Works in a hospital and on no list of those who may be told about a patient.
QUALITY: Final = Profession(R85, "339", "Autre professionnel de la qualité, hygiène, sécurité et environnement")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who signs in and whom the directory knows."""

    user: User
    practitioner_id: UUID
    role_id: UUID
    family_name: str

    @property
    def id(self) -> UUID:
        return self.user.id

    @property
    def actor(self) -> Actor:
        return Actor(user_id=self.user.id)


def letters(number: int) -> str:
    """1 → `A`, 27 → `AA`: names hold no digits."""
    text = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def a_practitioner(
    profession: Profession = GP, *, family: str | None = None, given: str = "Camille", active: bool = True
) -> PractitionerRole:
    """A situation d'exercice as the directory brings it, at a structure of its own."""
    number = next(_numbers)
    concept = {"coding": [{"system": profession.system, "code": profession.code, "display": profession.label}]}
    resources = [
        {
            "resourceType": "Organization",
            "id": f"o{number}",
            "name": f"Structure {letters(number)}",
            "address": [{"city": "GRENOBLE"}],
        },
        {
            "resourceType": "Practitioner",
            "id": f"p{number}",
            "identifier": [{"system": "https://rpps.esante.gouv.fr", "value": f"{10_000_000_000 + number}"}],
            "name": [{"family": family or f"Essai-{letters(number)}", "given": [given], "prefix": ["DR"]}],
            "qualification": [{"code": concept}],
        },
        {
            "resourceType": "PractitionerRole",
            "id": f"r{number}",
            "active": active,
            "practitioner": {"reference": f"Practitioner/p{number}"},
            "organization": {"reference": f"Organization/o{number}"},
            "code": [concept],
        },
    ]
    report = sync(actor=SYSTEM, source="tests", entries=[Entry(resource) for resource in resources])
    assert report.quarantined == 0, report.reasons
    return PractitionerRole.objects.get(source="tests", fhir_id=f"r{number}")


def a_user() -> User:
    return create_user(email=f"personne{next(_numbers)}@cordee.example", password="une longue phrase pour entrer")


def a_colleague(profession: Profession = GP, *, family: str | None = None, given: str = "Camille") -> Colleague:
    """A professional with an account and an identity key: somebody whom one could invite."""
    user, held = a_user(), a_practitioner(profession, family=family, given=given)
    link_professional(actor=SYSTEM, user_id=user.id, role_id=held.id)
    an_identity(user.id)
    return Colleague(user, held.practitioner_id, held.id, held.practitioner.family_name)


def in_the_office_of(member: Colleague) -> Colleague:
    """Somebody of no listed profession who works in the same structure."""
    colleague = a_colleague(QUALITY)
    own = PractitionerRole.objects.get(id=member.role_id)
    PractitionerRole.objects.filter(id=colleague.role_id).update(organization=own.organization)
    return colleague


def an_identity(user_id: UUID) -> SigningKey:
    """Binds fresh public keys to the person; the answer is the identity key's secret half."""
    signing, history = SigningKey.generate(), bytes(PrivateKey.generate().public_key)
    bind_identity(
        user_id=user_id,
        identity_key=bytes(signing.verify_key),
        history_key=history,
        history_sig=signing.sign(history_key_tbs(user_id, history)).signature,
    )
    return signing


def a_patient(**changes: object) -> PatientTraits:
    """A patient with a qualified demonstration identity; no two are the same person."""
    number = next(_numbers)
    matricule = f"2410338{number:06}"
    patient = PatientTraits(
        birth_name=f"AUBERTIN-{letters(number)}",
        given_names="Jeanne",
        birth_date=date(1941, 3, 12),
        sex="F",
        birthplace="38185",
        identity_status="qualified",
        matricule=f"{matricule}{key_of(matricule):02}",
        oid=DEMO_OID,
    )
    return replace(patient, **changes)  # type: ignore[arg-type]


def a_circle(coordinator: Colleague, *members: Colleague, patient: PatientTraits | None = None) -> Circle:
    """Opened by the coordinator; the others were invited as members and have joined."""
    circle = open_circle(
        actor=coordinator.actor,
        circle_id=uuid7(),
        patient=patient or a_patient(),
        informed_on=INFORMED_ON,
        ground="formal_team",
    )
    for member in members:
        a_member(circle, member, by=coordinator)
    return circle


def an_invitation(
    circle: Circle,
    invitee: Colleague,
    *,
    by: Colleague,
    role: str = "member",
    ground: str = "formal_team",
    not_after: datetime | None = None,
    expires: datetime | None = None,
    consent: ConsentRecord | None = None,
    delegate_of: Colleague | None = None,
) -> Invitation:
    return invite(
        actor=by.actor,
        circle_id=circle.id,
        user_id=invitee.id,
        role_id=invitee.role_id,
        role=role,
        ground=ground,
        not_after=not_after,
        signed=b"as it came from the inviting device",
        expires=expires or in_days(14),
        consent=consent,
        delegate_of=None if delegate_of is None else delegate_of.id,
    )


def a_member(
    circle: Circle,
    person: Colleague,
    *,
    by: Colleague,
    role: str = "member",
    not_after: datetime | None = None,
    **invitation: Any,
) -> Member:
    an_invitation(circle, person, by=by, role=role, not_after=not_after, **invitation)
    return join(actor=person.actor, circle_id=circle.id).member


def in_days(days: float) -> datetime:
    """From the real clock on: what the services compare with."""
    return datetime.now(UTC) + timedelta(days=days)


def signed_in(user: User) -> Client:
    """A browser in which this person has signed in with both factors."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.session
    session["account_authentication_methods_user"] = str(user.id)
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp"}]
    session.save()
    return client
