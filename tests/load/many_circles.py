"""A region in PostgreSQL: 100,000 circles of ten members each, 20,000 people who sign in, 2,000 structures.

For bench_circles.py. Written by a superuser with triggers off, because the log demands an act for every row and nothing
here is an act. Traits are sealed and indexed by the product's own code: opening and finding them is measured.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.models import Permission
from django.db import connection, models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models import IdentityKey, User
from chat.models import Group
from circles.ins import DEMO_OID, PatientTraits, key_of
from circles.models import Circle, CircleUserObjectPermission, Invitation, Member, Professional
from circles.patients import create_patient
from circles.roles import INVITEE_ABILITIES, ROLE_ABILITIES
from circles.rope import CARE_ROPES
from directory.models import Organization, Practitioner, PractitionerRole

MEMBERS: Final = 10
CIRCLES_A_PERSON: Final = 50
PEOPLE_A_STRUCTURE: Final = 10
BATCH: Final = 5_000
NOS: Final = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
NURSE: Final = (NOS, "60", "Infirmier")


@dataclass(frozen=True)
class Region:
    circles: list[UUID]
    people: list[UUID]
    organisations: list[UUID]
    invited: list[tuple[UUID, UUID]]  # person and circle: an invitation that waits


def seed(*, circles: int, invited: int) -> Region:
    """`circles` open circles, each person in fifty of them; `invited` people have an invitation that waits for them."""
    people = circles * MEMBERS // CIRCLES_A_PERSON
    with _triggers_off():
        organisations = _organisations(people // PEOPLE_A_STRUCTURE)
        users = [user.id for user in _people(people, organisations)]
        ids = _circles(circles, users)
        _members(ids, users)
        waiting = _invitations(ids, users, invited)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(circles_careteam_version(id)) FROM circles_circle")
        cursor.execute("ANALYZE")
    return Region(ids, users, organisations, waiting)


@contextmanager
def _triggers_off() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("RESET session_replication_role")


def _organisations(count: int) -> list[UUID]:
    rows = [
        Organization(source="load", fhir_id=str(n), digest=b"", active=True, name=f"Structure {n}")
        for n in range(count)
    ]
    return [each.id for each in Organization.objects.bulk_create(rows, BATCH)]


def _people(count: int, organisations: list[UUID]) -> list[User]:
    users = User.objects.bulk_create([User(email=f"{n}@load.example", password="!") for n in range(count)], BATCH)
    practitioners = Practitioner.objects.bulk_create(
        [
            Practitioner(
                source="load", fhir_id=str(n), digest=b"", active=True, family_name=f"CHARGE{n}", given_name="Camille"
            )
            for n in range(count)
        ],
        BATCH,
    )
    system, code, label = NURSE
    roles = PractitionerRole.objects.bulk_create(
        [
            PractitionerRole(
                source="load",
                fhir_id=str(n),
                digest=b"",
                active=True,
                practitioner=practitioner,
                organization_id=organisations[n % len(organisations)],
                profession_system=system,
                profession_code=code,
                profession_label=label,
                sector="health",
                sort_key=f"charge{n}",
                name_key=f" charge{n} camille ",
                search_key=f" charge{n} camille infirmier ",
            )
            for n, practitioner in enumerate(practitioners)
        ],
        BATCH,
    )
    Professional.objects.bulk_create(
        [
            Professional(user=user, practitioner=practitioner, practitioner_role=role)
            for user, practitioner, role in zip(users, practitioners, roles, strict=True)
        ],
        BATCH,
    )
    IdentityKey.objects.bulk_create(
        [
            IdentityKey(user=user, identity_key=os.urandom(32), history_key=os.urandom(32), history_sig=bytes(64))
            for user in users
        ],
        BATCH,
    )
    return users


def _circles(count: int, people: list[UUID]) -> list[UUID]:
    ids: list[UUID] = []
    for first in range(0, count, BATCH):
        rows = [_circle(n, people[place(n, 0, len(people))]) for n in range(first, min(first + BATCH, count))]
        Circle.objects.bulk_create(rows)
        Group.objects.bulk_create(
            Group(circle=row, log_hash=bytes(32), state=b"", external_pub=b"", group_info_sig=b"", signer_leaf=0)
            for row in rows
        )
        ids += [row.id for row in rows]
    return ids


def _circle(n: int, opener: UUID) -> Circle:
    rope = CARE_ROPES[n % len(CARE_ROPES)]
    return Circle(
        id=uuid7(),
        kind="care",
        patient=create_patient(traits(n)),
        colour=rope.colour,
        weave=rope.weave,
        informed_on=date(2026, 1, 1),
        created_by_id=opener,
    )


def traits(n: int) -> PatientTraits:
    """The n-th patient: invented, with a qualified demonstration number."""
    number = f"2{n % 100:02}{n % 12 + 1:02}99{n // 1000 % 1000:03}{n % 1000:03}"
    return PatientTraits(
        birth_name=f"PATIENT {_letters(n)}",
        given_names="Dominique",
        birth_date=date(1930 + n % 90, n % 12 + 1, n % 28 + 1),
        sex="F",
        birthplace="99999",
        identity_status="qualified",
        matricule=f"{number}{key_of(number):02}",
        oid=DEMO_OID,
    )


def _letters(n: int) -> str:
    return "".join("ABCDEFGHIJ"[int(digit)] for digit in str(n))


def place(circle: int, slot: int, people: int) -> int:
    """Who has this place: ten bands of people, one for each place, so that nobody has two in a circle."""
    band = people // MEMBERS
    return slot * band + (circle * 37 + slot * 13) % band


def _members(circles: list[UUID], people: list[UUID]) -> None:
    """A million rows, and the rights of each: made in the database."""
    band = len(people) // MEMBERS
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMP TABLE load_place AS
            SELECT circle.id AS circle, person.id AS person, linked.practitioner_role_id AS held,
                   CASE slot WHEN 0 THEN 'coordinator' ELSE 'member' END AS role
            FROM unnest(%s::uuid[]) WITH ORDINALITY AS circle (id, n) CROSS JOIN generate_series(0, %s) AS slot
            JOIN unnest(%s::uuid[]) WITH ORDINALITY AS person (id, n)
                ON person.n = slot * %s + ((circle.n - 1) * 37 + slot * 13) %% %s + 1
            JOIN circles_professional AS linked ON linked.user_id = person.id
            """,
            [circles, MEMBERS - 1, people, band, band],
        )
        _insert(
            Member,
            "load_place",
            {
                "id": "uuidv7()",
                "circle_id": "circle",
                "user_id": "person",
                "practitioner_role_id": "held",
                "role": "role",
                "ground": "'formal_team'",
            },
        )
        cursor.execute("SELECT circles_careteam_version(id) FROM circles_circle")  # as its triggers would
        for role in ("coordinator", "member"):
            _insert(
                CircleUserObjectPermission,
                "load_place CROSS JOIN unnest(%s::integer[]) AS ability",
                {"user_id": "person", "content_object_id": "circle", "permission_id": "ability"},
                where="role = %s",
                parameters=[_permissions(ROLE_ABILITIES[role]), role],
            )


def _insert(
    model: type[models.Model],
    source: str,
    columns: Mapping[str, str],
    where: str = "true",
    parameters: Collection[str | list[int]] = (),
) -> None:
    """INSERT … SELECT; a column that is not named gets what the model would give it."""
    expressions, defaults = dict(columns), []
    for field in model._meta.concrete_fields:
        if field.attname not in columns and not isinstance(field, models.AutoField):
            expressions[field.attname] = "%s"
            defaults.append(field.get_default())
    statement = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(expressions)})"
        f" SELECT {', '.join(expressions.values())} FROM {source} WHERE {where}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*defaults, *parameters])


def _permissions(abilities: Collection[str]) -> list[int]:
    found = Permission.objects.filter(content_type__app_label="circles", codename__in=abilities)
    return list(found.values_list("id", flat=True))


def _invitations(circles: list[UUID], people: list[UUID], count: int) -> list[tuple[UUID, UUID]]:
    """In each of the first circles, for the coordinator's neighbour in their band: who is no member there."""
    held = dict(Professional.objects.values_list("user_id", "practitioner_role_id"))
    now, band = timezone.now(), len(people) // MEMBERS
    rows = []
    for n, circle in enumerate(circles[:count]):
        inviter = place(n, 0, len(people))
        invited = people[(inviter + 1) % band]
        rows.append(
            Invitation(
                circle_id=circle,
                user_id=invited,
                practitioner_role_id=held[invited],
                inviter_id=people[inviter],
                role="member",
                ground="formal_team",
                signed=b"",
                created=now,
                expires=now + timedelta(days=14),
            )
        )
    Invitation.objects.bulk_create(rows)
    (join,) = _permissions(INVITEE_ABILITIES)
    CircleUserObjectPermission.objects.bulk_create(
        CircleUserObjectPermission(
            user_id=row.user_id, content_object_id=row.circle_id, permission_id=join, until=row.expires
        )
        for row in rows
    )
    return [(row.user_id, row.circle_id) for row in rows]
