"""What of the trail an organisation's compliance officers may see: one condition, for searching, findings, exports and
certificates alike.

An event is theirs when it was done for the organisation (`org`, or `obj` names it), when it is about a circle in which
somebody has or had a place through the organisation, or when somebody who practises there did it, or it was done to
them, outside any circle and for nobody (signing in, a role that the operator gives). What officers of another
organisation do with the trail of a shared circle stays theirs. Relies on the gate, on `circles.models` and on the
pseudonyms of `audit`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q, QuerySet

from audit.events import Actor
from audit.models import Event, Pseudonym
from circles import access
from circles.models import Circle, Professional
from compliance.groups import TRAIL_ACTS
from directory.models import Organization


@dataclass(frozen=True, slots=True)
class Scope:
    """`circles` and `people` are pseudonyms."""

    organization: Organization
    circles: frozenset[UUID]
    people: frozenset[UUID]

    @property
    def condition(self) -> Q:
        of_us = self.organization.id
        in_circles = Q(cir__in=self.circles) & (Q(org=of_us) | ~Q(act__in=TRAIL_ACTS))
        to_people = Q(obj__in=[f"Person/{name}" for name in self.people]) & ~Q(act="subject.bind")
        outside = (Q(who__in=self.people) | to_people) & Q(org=None, cir=None)
        return Q(org=of_us) | in_circles | outside | Q(obj=f"Organization/{of_us}")

    def events(self) -> QuerySet[Event]:
        """Newest first by id, which is by time."""
        return Event.objects.filter(self.condition).order_by("-id")


def scope_for(user_id: UUID, organization_id: UUID) -> Scope:
    """Raises NotFound unless this person is a compliance officer of the organisation now. Four queries."""
    return scope_of(access.organization_for(user_id, organization_id, "review"))


def scope_of(organization: Organization) -> Scope:
    """Authorises nothing: for rounds that work for an organisation. Two queries."""
    through = Q(members__practitioner_role__organization=organization) | Q(organization=organization)
    circles = Circle.objects.filter(through)
    people = Professional.objects.filter(practitioner_role__organization=organization)
    return Scope(
        organization,
        _names("Circle", circles.values_list("id", flat=True)),
        _names("Person", people.values_list("user_id", flat=True)),
    )


def as_officer(actor: Actor, organization_id: UUID) -> Actor:
    """What somebody does as officer of an organisation is done for it, wherever else they practise."""
    return replace(actor, org=str(organization_id))


def _names(kind: str, subjects: Iterable[UUID]) -> frozenset[UUID]:
    """`subjects` may be a query: it is not run by itself."""
    names = Pseudonym.objects.filter(kind=kind, subject__in=subjects)
    return frozenset(names.values_list("pseudonym", flat=True))
