"""Learning who a pseudonym is: with a reason, recorded once for each subject; many at once only when another officer of
the organisation has approved it.

Used by `compliance.api_subjects`; relies on `compliance.subjects` for what the organisation may know.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.details import words_of
from audit.events import Actor
from audit.models import Detail, Event, Pseudonym
from audit.services import record
from circles.errors import Conflict, NotAllowed, NotFound
from circles.rules import person
from circles.selectors import professionals
from compliance.models import Resolution
from compliance.schemas_subjects import ResolutionRow, ResolvedOut, SubjectResolved
from compliance.scope import as_officer, scope_for
from compliance.subjects import check_mentioned, resolved

ALONE: Final = 5  # subjects that one officer resolves alone
ALONE_A_DAY: Final = 20  # and in a day: many are many, also a few at a time
APPROVAL: Final = timedelta(days=7)  # a question that nobody approves in this time is over
OPEN: Final = timedelta(hours=24)  # after the approval
SHOWN: Final = 100


@transaction.atomic
def resolve(*, actor: Actor, organization_id: UUID, pseudonyms: Iterable[UUID], reason: str) -> ResolvedOut:
    """A few at once; more become a request. Errors: `not_found` (no officer there, or a pseudonym of others)."""
    scope = scope_for(person(actor), organization_id)
    wanted = list(dict.fromkeys(pseudonyms))
    check_mentioned(scope, wanted)
    officer = as_officer(actor, organization_id)
    if len(wanted) <= ALONE and _resolved_lately(officer) + len(wanted) <= ALONE_A_DAY:
        return ResolvedOut(subjects=_told(officer, wanted, reason=reason))
    request = Resolution(organization_id=organization_id, pseudonyms=wanted, asked_by_id=person(actor))
    request.event_id = record(
        "subject.resolve", actor=officer, obj=("Resolution", request.id), cnt=len(wanted), reason=reason
    )
    request.save(force_insert=True)
    return ResolvedOut(subjects=[], resolution=request.id)


@transaction.atomic
def approve(*, actor: Actor, organization_id: UUID, resolution_id: UUID) -> None:
    """By another officer of the organisation.

    Errors: `not_found`, `own_request`, `already_approved`, `request_over`.
    """
    scope_for(person(actor), organization_id)
    request = _of(organization_id, resolution_id)
    if request.asked_by_id == actor.user_id:
        raise NotAllowed("own_request")
    if request.approved is not None:
        raise Conflict("already_approved")
    if timezone.now() > request.asked + APPROVAL:
        raise Conflict("request_over")
    request.approved, request.approved_by_id = timezone.now(), actor.user_id
    request.save(update_fields=("approved", "approved_by"))
    officer = as_officer(actor, organization_id)
    record("audit.review", actor=officer, obj=("Resolution", request.id), cnt=len(request.pseudonyms))


@transaction.atomic
def open_resolution(*, actor: Actor, organization_id: UUID, resolution_id: UUID) -> list[SubjectResolved]:
    """By the one who asked, for a day after the approval. Errors: `not_found`, `not_approved`, `request_over`."""
    scope_for(person(actor), organization_id)
    request = _of(organization_id, resolution_id)
    if request.asked_by_id != actor.user_id:
        raise NotFound
    if request.approved is None:
        raise Conflict("not_approved")
    if timezone.now() > request.approved + OPEN:
        raise Conflict("request_over")
    return _told(as_officer(actor, organization_id), request.pseudonyms, reason=_reason(request))


def resolutions_for(user_id: UUID, organization_id: UUID) -> list[ResolutionRow]:
    """The newest requests of the organisation, by whomever. Raises NotFound unless this person is an officer there."""
    scope_for(user_id, organization_id)
    rows = list(Resolution.objects.filter(organization=organization_id).order_by("-asked")[:SHOWN])
    cards = professionals({each for row in rows for each in (row.asked_by_id, row.approved_by_id) if each is not None})
    names = {user: card.name for user, card in cards.items()}
    return [
        ResolutionRow(
            id=row.id,
            asked=row.asked,
            asked_by=names.get(row.asked_by_id),
            mine=row.asked_by_id == user_id,
            count=len(row.pseudonyms),
            reason=_reason(row),
            approved=row.approved,
            approved_by=names.get(row.approved_by_id) if row.approved_by_id else None,
            until=row.approved + OPEN if row.approved else row.asked + APPROVAL,
        )
        for row in rows
    ]


def _of(organization_id: UUID, resolution_id: UUID) -> Resolution:
    request = Resolution.objects.select_for_update().filter(organization=organization_id, id=resolution_id).first()
    if request is None:
        raise NotFound
    return request


def _told(officer: Actor, pseudonyms: Sequence[UUID], *, reason: str | None) -> list[SubjectResolved]:
    """One event for each subject, about that subject. Who was erased is nobody any more: an event for the request."""
    known = dict(Pseudonym.objects.filter(pseudonym__in=pseudonyms).values_list("pseudonym", "kind"))
    subjects = dict(Pseudonym.objects.filter(pseudonym__in=pseudonyms).values_list("pseudonym", "subject"))
    for name, kind in known.items():
        record("subject.resolve", actor=officer, obj=(kind, subjects[name]), reason=reason, cnt=1)
    if not known:
        record("subject.resolve", actor=officer, reason=reason, cnt=0)
    return resolved(pseudonyms)


def _resolved_lately(officer: Actor) -> int:
    """How many subjects this officer has been told in a day, with a second officer or without."""
    own = Pseudonym.objects.filter(kind="Person", subject=person(officer)).values("pseudonym")
    told = Event.objects.filter(act="subject.resolve", who__in=own, out=0, t__gt=timezone.now() - timedelta(days=1))
    return told.exclude(obj=None).exclude(obj__startswith="Resolution/").values("obj").distinct().count()


def _reason(request: Resolution) -> str | None:
    sealed = Detail.objects.filter(event=request.event_id, key="rsn").first()
    return None if sealed is None else words_of(sealed)
