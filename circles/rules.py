"""Questions that more than one service asks before it writes. Each raises the CircleError that says what is missing.

Used by `circles.services`; relies on `circles.roles` for professions and on the directory for who still practises.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from audit.events import Actor
from circles.errors import Conflict, NotAllowed, NotFound, TooMany, Unacceptable
from circles.models import Circle, Consent, Member, Professional
from circles.roles import GROUNDS, NO_PATIENT, check_may_hold
from directory.models import PractitionerRole

# A date is written where the patient is; there it may already be tomorrow (UTC+12 in Wallis-et-Futuna).
_EARLIEST_ZONE: Final = timedelta(hours=12)
# A closed circle may be reopened as long as retention has put nothing away.
REOPENED_WITHIN: Final = timedelta(days=30)
LONGEST_REASON: Final = 500  # a sentence or two, sealed in the trail
# Somebody who opens circles all day asks less often; a list of names takes longer than it is worth.
SEARCHES_AN_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """The patient's prior consent to share with somebody outside the care team; a member of the circle recorded it."""

    given_on: date
    how: str
    recorded_by: UUID


def person(actor: Actor) -> UUID:
    """A command or a job has no rights in a circle; what it may do has its own service."""
    if actor.user_id is None:
        raise NotFound
    return actor.user_id


def practising(user_id: UUID) -> Professional:
    """Who this person is, if their profession may be in a care circle. In a transaction: their own further acts wait
    until it ends.

    Raises `not_registered`, `inactive`, `profession_not_allowed`.
    """
    professional = Professional.objects.select_for_update(no_key=True).filter(user_id=user_id).first()
    if professional is None:
        raise NotAllowed("not_registered")
    check_place("member", professional.practitioner_role, not_after=None)
    return professional


def check_vouched(professional: Professional) -> None:
    """Outside circles nobody compares keys: there a name counts only once another person than who typed the address,
    or the directory's mailbox, has said whose account it is. Raises NotAllowed `not_vouched`.
    """
    if professional.typed_by_id is not None:
        raise NotAllowed("not_vouched")


def vouch(user_id: UUID, *, by: UUID) -> None:
    """`by` has made sure of this person. It counts for nothing from who typed the address, or waits to be vouched for.
    In the transaction of the act that says so.
    """
    if not Professional.objects.filter(user_id=by, typed_by__isnull=False).exists():
        Professional.objects.filter(user_id=user_id).exclude(typed_by=by).update(typed_by=None)


def count_search(user_id: UUID) -> None:
    """Before anything whose answer, a refusal too, says whether a patient has a circle. Raises TooMany. The count is
    kept in the cache: when that is lost, it begins again.
    """
    counted = f"patient-search:{user_id}:{timezone.now():%Y%m%d%H}"
    cache.add(counted, 0, timeout=3600)
    if cache.incr(counted) > SEARCHES_AN_HOUR:
        raise TooMany("too_many")


def locked(circle_id: UUID) -> Circle:
    """The circle, locked against every other change of its members until the transaction ends; the circle of which
    it is a compartment first, because who may be in the one depends on the other.

    Rows that point at it may still be inserted (messages flow while somebody is invited).
    """
    lock_parent(circle_id)
    circle = Circle.objects.select_for_update(no_key=True).filter(id=circle_id).first()
    if circle is None:
        raise NotFound
    return circle


def lock_parent(circle_id: UUID) -> None:
    """Lock the circle of which this one is a compartment; nothing to do for the others. Call it before locking it."""
    parent = Circle.objects.filter(id=circle_id).values_list("parent_id", flat=True).first()
    if parent is not None:
        Circle.objects.select_for_update(no_key=True).get(id=parent)


def claimed(circle_id: UUID) -> Circle | None:
    """As `locked`, for a job that comes again: None when somebody else holds the circle."""
    return Circle.objects.select_for_update(no_key=True, skip_locked=True).filter(id=circle_id).first()


def check_practises(held: PractitionerRole) -> None:
    if not (held.active and held.practitioner.active):
        raise Conflict("inactive")


def check_place(
    role: str,
    held: PractitionerRole,
    *,
    not_after: datetime | None,
    kind: str = Circle.Kind.CARE,
    principal: Member | None = None,
) -> None:
    """`principal` is the member whose secretariat a delegate is: nobody else has one."""
    check_practises(held)
    check_may_hold(
        role,
        profession_system=held.profession_system,
        profession_code=held.profession_code,
        not_after=not_after,
        now=timezone.now(),
        about_patient=kind == Circle.Kind.CARE,
    )
    if (role == "delegate") != (principal is not None):
        raise Unacceptable("delegate_of_nobody")
    if principal is not None:
        if principal.role in ("guest", "delegate"):
            raise NotAllowed("role_not_allowed", role)
        if held.organization_id is None or held.organization_id != principal.practitioner_role.organization_id:
            raise NotAllowed("another_structure")


def lasting_coordinators(circle: Circle) -> QuerySet[Member]:
    """Those who keep a circle going: the others will be gone some day by themselves, or coordinate for somebody."""
    lent = circle.handovers.filter(until__isnull=False, returned=None)
    return circle.members.filter(role="coordinator", ended=None, not_after=None).exclude(user__in=lent.values("taker"))


def check_ground(ground: str, *, consented: bool, kind: str = Circle.Kind.CARE) -> None:
    """Code de la santé publique L1110-4 and L1110-12: outside the care team, only with the patient's prior consent; and
    none of the law's grounds where there is no patient.
    """
    if ground not in GROUNDS or (ground == NO_PATIENT) != (kind != Circle.Kind.CARE):
        raise Unacceptable("bad_ground", ground)
    if ground == "outside_team" and not consented:
        raise Unacceptable("consent_required")


def latest_today() -> date:
    """The latest calendar day that it is now anywhere in the Republic."""
    return (timezone.now() + _EARLIEST_ZONE).date()


def check_reason(reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        raise Unacceptable("bad_input", "reason")


def check_not_in_future(day: date) -> None:
    if day > latest_today():
        raise Unacceptable("date_in_future", day.isoformat())


def check_consent(consent: ConsentRecord, circle: Circle) -> None:
    check_not_in_future(consent.given_on)
    if consent.how not in Consent.How:
        raise Unacceptable("bad_consent", consent.how)
    if not circle.members.filter(user_id=consent.recorded_by, ended=None).exists():
        raise Unacceptable("bad_consent", "recorded_by")
