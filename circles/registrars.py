"""What a registrar is shown of an organisation: its people, and who stands behind which key.

Used by `chat.stewards`, and by `chat.consequences` for who is invited without keys; relies on the gate and on the
directory's identifiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.selectors import active_identities
from circles.models import Professional
from directory.models import PractitionerRole


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """As an attestation names them: `name` is "FAMILY Given", `system` and `number` the national identifier."""

    user: UUID
    name: str
    system: str
    number: str
    profession_code: str
    profession_label: str
    identity: bytes | None
    since: datetime | None


def people_of(organization_id: UUID) -> list[RegisteredPerson]:
    """Who signs in and acts in this organisation, by name. Authorises nothing. Two queries."""
    linked = (
        Professional.objects.filter(
            practitioner_role__organization_id=organization_id, user__is_active=True, user__email__isnull=False
        )
        .select_related("practitioner_role__practitioner")
        .order_by("practitioner_role__sort_key", "user_id")
    )
    keys = active_identities([each.user_id for each in linked])
    return [
        _person(
            each.user_id,
            each.practitioner_role,
            None if (key := keys.get(each.user_id)) is None else (bytes(key.identity_key), key.started),
        )
        for each in linked
    ]


def named_in_directory(user_id: UUID) -> RegisteredPerson | None:
    """Somebody who signs in, as an attestation would name them. Authorises nothing."""
    linked = Professional.objects.select_related("practitioner_role__practitioner").filter(user_id=user_id).first()
    return None if linked is None else _person(user_id, linked.practitioner_role, None)


def _person(user_id: UUID, held: PractitionerRole, key: tuple[bytes, datetime] | None) -> RegisteredPerson:
    identity, since = key or (None, None)
    return RegisteredPerson(
        user=user_id,
        name=f"{held.practitioner.family_name.upper()} {held.practitioner.given_name}",
        system=held.practitioner.identifier_system,
        number=held.practitioner.identifier_value,
        profession_code=held.profession_code,
        profession_label=held.profession_label,
        identity=identity,
        since=since,
    )
