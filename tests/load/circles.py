"""Many circles for the load: rows written directly, because making 500 real MLS members is not what is measured.

Devices have real keys and sign for real; rights, rosters and pseudonyms are where the server looks for them. Only
the MLS state that no message reads is a placeholder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from nacl.signing import SigningKey
from uuid_utils.compat import uuid7

from accounts.models import IdentityKey, User
from accounts.unsafe import unsafe_session_cookie
from audit.events import SYSTEM, Actor
from audit.services import record
from chat.models import Device, Group, Leaf
from circles import access
from circles.ins import PatientTraits
from circles.models import Circle, Member
from circles.patients import create_patient
from circles.roles import ROLE_ABILITIES
from directory.models import Practitioner, PractitionerRole


@dataclass(frozen=True)
class LoadMember:
    user: UUID
    device: UUID
    key: SigningKey
    cookie: str


@dataclass(frozen=True)
class LoadCircle:
    id: UUID
    members: tuple[LoadMember, ...]


def seed(*, circles: int, members: int) -> list[LoadCircle]:
    """`circles` open circles of `members` people each, nobody in two of them."""
    practitioner = Practitioner.objects.create(
        source="load", fhir_id="one", digest=b"", active=True, family_name="CHARGE", given_name="Camille"
    )
    role = PractitionerRole.objects.create(
        source="load",
        fhir_id="one",
        digest=b"",
        active=True,
        practitioner=practitioner,
        profession_system="https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante",
        profession_code="60",
        profession_label="Infirmier",
        sector="health",
    )
    return [_circle(members, role) for _ in range(circles)]


@transaction.atomic
def _circle(members: int, role: PractitionerRole) -> LoadCircle:
    patient = create_patient(
        PatientTraits(
            birth_name="CHARGE",
            given_names="Camille",
            birth_date=date(1950, 1, 1),
            sex="F",
            birthplace="99999",
            identity_status="provisional",
        )
    )
    people = [User(email=f"{uuid7()}@load.example") for _ in range(members)]
    User.objects.bulk_create(people)
    circle = Circle.objects.create(
        id=uuid7(),
        kind="care",
        patient=patient,
        colour="lac",
        weave=1,
        informed_on=date(2026, 1, 1),
        created_by=people[0],
    )
    group = Group.objects.create(
        circle=circle, log_hash=bytes(32), state=b"load", external_pub=b"", group_info_sig=b"", signer_leaf=0
    )
    record("circle.create", actor=SYSTEM, patient_id=patient.id, circle_id=circle.id)
    return LoadCircle(circle.id, tuple(_member(circle, group, index, user, role) for index, user in enumerate(people)))


def _member(circle: Circle, group: Group, index: int, user: User, role: PractitionerRole) -> LoadMember:
    Member.objects.create(circle=circle, user=user, practitioner_role=role, role="member", ground="formal_team")
    access.grant(user_id=user.id, circle=circle, abilities=ROLE_ABILITIES["member"], until=None)
    key = SigningKey.generate()
    IdentityKey.objects.create(
        user=user, identity_key=bytes(SigningKey.generate().verify_key), history_key=bytes(32), history_sig=bytes(64)
    )
    device = Device.objects.create(id=uuid7(), user=user, name="load", key=bytes(key.verify_key), certificate=b"load")
    Leaf.objects.create(group=group, index=index, device=device)
    record("member.join", actor=Actor(user_id=user.id), circle_id=circle.id)
    return LoadMember(user.id, device.id, key, unsafe_session_cookie(user))
