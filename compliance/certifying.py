"""Making a certificate for an organisation's officer, keeping it for a while, fetching it again.

Used by `compliance.api_certificates` and `manage.py certify`. A certificate is about a circle that the officer may see
at all (`compliance.scope`); it has names only of people whom this officer has had resolved, with a reason and, when
there are many, with a second officer.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.events import SYSTEM, Actor
from audit.models import Event, Pseudonym
from chat.canonical import encode, to_base64
from chat.log import wire_time
from chat.models import Group, Item
from chat.stewards import attestations
from circles import access
from circles.models import Circle
from circles.registrars import named_in_directory
from circles.rules import check_reason, person
from circles.selectors import professionals
from compliance.certificate import Asked, Certified, Json, certify
from compliance.errors import ComplianceError, NotFound
from compliance.models import Certificate
from compliance.scope import Scope, as_officer, scope_for
from directory.models import Organization

# Pseudonyms can be cut from their people later; a certificate that was not fetched should not keep the tie for long.
KEPT: Final = timedelta(days=30)
LONGEST_PERIOD: Final = timedelta(days=5 * 366)
RESOLVED_FOR: Final = timedelta(days=30)  # that long, who a pseudonym is may be written into a certificate


@transaction.atomic
def make(
    *,
    actor: Actor,
    organization_id: UUID,
    reason: str,
    message: UUID | None = None,
    circle: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Certificate:
    """Of a message, or of a circle (by its pseudonym) and a period. Errors: `not_found`, `bad_input`, and those of
    `certificate.certify`. Seconds for a circle with hundreds of epochs.
    """
    check_reason(reason)
    scope = scope_for(person(actor), organization_id)
    officer = as_officer(actor, organization_id)
    asked = _asked(scope, message=message, circle=circle, since=since, until=until)
    made = certify(asked)
    names = _names(officer, made, asked.circle)
    document, event = _recorded(officer, asked, made, organization_id, names, reason)
    return Certificate.objects.create(
        organization=scope.organization,
        circle_id=asked.circle,
        message=message,
        since=made.about.since,
        until=None if message is not None else asked.until,
        people=len(made.people),
        named=bool(names),
        made_by_id=person(actor),
        document=zlib.compress(document),
        event_id=event,
    )


@transaction.atomic
def make_for_operator(*, organization_id: UUID, asked: Asked, reason: str) -> bytes:
    """The document, without names, as the operator hands it out (`manage.py certify`): for a court, when no officer
    is there. Nothing is kept but the act. Errors: those of `certificate.certify`, `not_found`, `bad_input`.
    """
    check_reason(reason)
    if not Organization.objects.filter(id=organization_id).exists():
        raise NotFound
    document, _ = _recorded(SYSTEM, asked, certify(asked), organization_id, [], reason)
    return document


def _recorded(
    actor: Actor, asked: Asked, made: Certified, organization_id: UUID, names: list[Json], reason: str
) -> tuple[bytes, UUID]:
    """The document's bytes, and the act that has their hash."""
    said = {"made": {"for": str(organization_id), "t": wire_time(timezone.now())}, "names": names}
    document = encode(made.document | said)
    event = audit.record(
        "audit.certify",
        actor=actor,
        patient_id=Circle.objects.values_list("patient_id", flat=True).get(id=asked.circle),
        circle_id=asked.circle,
        obj=("Circle", asked.circle) if asked.message is None else ("Message", asked.message),
        reason=reason,
        epo=made.about.last,
        cnt=len(made.people),
        sha=hashlib.sha256(document).digest(),
        detail={"from": made.about.first, "to": made.about.last, "named": [each["user"] for each in names]},
    )
    return document, event


@dataclass(frozen=True, slots=True)
class Row:
    """A certificate, its circle's pseudonym, and the name of the officer who made it."""

    certificate: Certificate
    circle: UUID
    by: str | None


def rows_for(user_id: UUID, organization_id: UUID) -> list[Row]:
    """Those of the organisation that are kept still, newest first, without their documents. Raises NotFound unless
    this person is an officer there.
    """
    organization = access.organization_for(user_id, organization_id, "review")
    return rows_of(Certificate.objects.filter(organization=organization).order_by("-made").defer("document"))


def rows_of(certificates: Iterable[Certificate]) -> list[Row]:
    """As they are listed. Authorises nothing. Two queries."""
    found = list(certificates)
    names = Pseudonym.objects.filter(kind="Circle", subject__in=[each.circle_id for each in found])
    circles = dict(names.values_list("subject", "pseudonym"))
    cards = professionals({each.made_by_id for each in found})
    return [
        Row(each, circles[each.circle_id], cards[each.made_by_id].name if each.made_by_id in cards else None)
        for each in found
    ]


def certificate_for(user_id: UUID, organization_id: UUID, certificate_id: UUID) -> Certificate:
    """Raises NotFound."""
    organization = access.organization_for(user_id, organization_id, "review")
    found = (
        Certificate.objects.filter(organization=organization, id=certificate_id).select_related("organization").first()
    )
    if found is None:
        raise NotFound
    return found


def document_of(certificate: Certificate) -> bytes:
    """The JSON, byte for byte as it was made."""
    return zlib.decompress(bytes(certificate.document))


def forget_certificates() -> int:
    """A round of `manage.py tend`: what was not fetched in time."""
    return Certificate.objects.filter(made__lt=timezone.now() - KEPT).delete()[0]


def forget_certificates_about(user_id: UUID) -> int:
    """Of the circles in which somebody was, who is erased from the log: they tie pseudonym, account and name."""
    return Certificate.objects.filter(circle__members__user=user_id).delete()[0]


def _asked(
    scope: Scope, *, message: UUID | None, circle: UUID | None, since: datetime | None, until: datetime | None
) -> Asked:
    names = Pseudonym.objects.filter(kind="Circle", pseudonym__in=scope.circles)
    if message is not None:
        found = Item.objects.filter(message_id=message, kind=Item.Kind.MESSAGE).values("group_id")
        name = names.filter(subject__in=found).first()
    elif since is None or until is None or circle is None or not timedelta(0) < until - since <= LONGEST_PERIOD:
        raise ComplianceError("bad_input", status=422)
    else:
        name = names.filter(pseudonym=circle).first()
    if name is None:
        raise NotFound
    return Asked(name.subject, message=message, since=since, until=until and min(until, timezone.now()))


def _names(officer: Actor, made: Certified, circle: UUID) -> list[Json]:
    """Who those are whom this officer has had resolved lately; where a registrar signed it, with that word."""
    users = _resolved(officer, made)
    steward = Group.objects.values_list("steward", flat=True).get(circle_id=circle)
    said = {} if steward is None else attestations(bytes(steward), users)
    cards = professionals(users)
    names: list[Json] = []
    for user in sorted(users, key=str):
        known = named_in_directory(user)
        if known is None:
            continue
        card = cards[user]
        names.append(
            {
                "attestation": to_base64(said[user]) if user in said else None,
                "name": known.name,
                "profession": card.profession.label,
                "structure": None if card.organisation is None else card.organisation.name,
                "user": str(user),
            }
        )
    return names


def _resolved(officer: Actor, made: Certified) -> Collection[UUID]:
    own = Pseudonym.objects.filter(kind="Person", subject=person(officer)).values("pseudonym")
    of = {f"Person/{name}": user for user, name in made.people.items()}
    told = Event.objects.filter(
        act="subject.resolve", who__in=own, org=officer.org, out=0, obj__in=of, t__gt=timezone.now() - RESOLVED_FOR
    )
    return {of[each] for each in told.values_list("obj", flat=True) if each is not None}
