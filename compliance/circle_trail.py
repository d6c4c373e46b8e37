"""A circle's own trail, for its members: who did what with it, colleagues and officers alike, by name where the circle
knows them.

Used by `compliance.api_rights`. Members see each other's names in the circle, so they see them here; of sessions,
devices and networks nothing is shown, and of officers the organisation for which they acted.
"""

from __future__ import annotations

import json
from uuid import UUID

from audit.acts import ACTS
from audit.models import Event, Pseudonym
from circles import access
from circles.models import Invitation, Member
from circles.schemas import ProfessionalCard
from circles.selectors import professionals
from compliance.groups import GROUP_OF, TRAIL_ACTS
from compliance.schemas import ActedBy, CircleAct, CircleTrail, TrailPlace, wire_time
from compliance.searching import places_of
from directory.models import Organization


def circle_trail(user_id: UUID, circle_id: UUID, *, after: UUID | None, limit: int) -> CircleTrail:
    """Newest first. Raises NotFound unless this person may read the circle. Eight queries."""
    access.circle_for(user_id, circle_id, "read")
    names = list(Pseudonym.objects.filter(kind="Circle", subject=circle_id).values_list("pseudonym", flat=True))
    found = Event.objects.filter(cir__in=names).order_by("-id")
    events = list((found.filter(id__lt=after) if after is not None else found)[: limit + 1])
    shown = events[:limit]
    people = _people(circle_id, shown)
    organisations = dict(
        Organization.objects.filter(id__in={each.org for each in shown if each.org}).values_list("id", "name")
    )
    places = places_of(shown)
    return CircleTrail(
        events=[_act(each, people, organisations, places.get(each.id)) for each in shown],
        next=shown[-1].id if len(events) > limit else None,
    )


def _people(circle_id: UUID, events: list[Event]) -> dict[UUID, tuple[UUID, ProfessionalCard] | None]:
    """By pseudonym: those who are or were in the circle, or were asked to be; None for others. Without the erased."""
    rows = Pseudonym.objects.filter(kind="Person", pseudonym__in={each.who for each in events if each.who})
    users = dict(rows.values_list("pseudonym", "subject"))
    here = {"circle": circle_id, "user__in": list(users.values())}
    members = Member.objects.filter(**here).values_list("user_id", flat=True)
    invited = Invitation.objects.filter(**here).values_list("user_id", flat=True)
    cards = professionals({*members, *invited})
    return {name: (user, cards[user]) if user in cards else None for name, user in users.items()}


def _by(event: Event, said: dict[str, str], people: dict[UUID, tuple[UUID, ProfessionalCard] | None]) -> ActedBy:
    if event.who is None:
        return "software" if "sys" in said else "server" if said.get("auth") == "system" else "nobody"
    if event.act in TRAIL_ACTS:
        return "officer"
    if event.who not in people:
        return "erased"
    return "member" if people[event.who] else "outsider"


def _act(
    event: Event,
    people: dict[UUID, tuple[UUID, ProfessionalCard] | None],
    organisations: dict[UUID, str],
    place: tuple[str, int] | None,
) -> CircleAct:
    said = json.loads(event.leaf) if event.leaf else {}
    user, card = (people.get(event.who) if event.who else None) or (None, None)
    organisation = card.organisation.name if card and card.organisation else None
    return CircleAct(
        id=event.id,
        t=wire_time(event.t),
        act=event.act,
        out=event.out,
        user=user,
        name=card.name if card else None,
        profession=card.profession.label if card else None,
        organisation=organisation or (organisations.get(event.org) if event.org else None),
        by=_by(event, said, people),
        why=said.get("why"),
        epo=said.get("epo"),
        cnt=said.get("cnt"),
        severity=ACTS[event.act].severity,
        group=GROUP_OF[event.act],
        place=None if place is None else TrailPlace(origin=place[0], index=place[1]),
    )
