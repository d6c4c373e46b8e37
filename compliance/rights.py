"""Who gained or lost which right between two moments, and by which acts: of a circle, of a person in all circles of the
scope, or of the roles in the organisation.

Replayed from the events, not from today's tables: each difference names the acts that made it, and these have their
proofs. Used by `compliance.api_rights`; relies on the sealed details of the acts, of which only codes are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from nacl.exceptions import CryptoError

from audit.details import words_of
from audit.models import Detail, Event, Pseudonym
from circles.errors import NotFound
from circles.models import Member
from circles.roles import ORGANISATION_ROLES, ROLE_ABILITIES, abilities_in
from compliance.schemas import RightAct, RightChange, wire_time
from compliance.scope import Scope

_OF_PLACES: Final = ("member.join", "member.role", "member.end")
_MOST: Final = 5_000  # acts: beyond it the question is too wide to be read


@dataclass
class _Held:
    """One place: what it gave before the period, in it and at its end, and the acts of the period."""

    who: UUID | None
    cir: UUID | None
    kind: str = ""
    role: str | None = None
    before: frozenset[str] = frozenset()
    role_before: str | None = None
    between: set[str] = field(default_factory=set)
    now: frozenset[str] = frozenset()
    acts: list[RightAct] = field(default_factory=list)

    def turns(self, event: Event, since: datetime, *, role: str | None, rights: Iterable[str]) -> None:
        self.role, self.now = role, frozenset(rights)
        if event.t < since:
            self.role_before, self.before = self.role, self.now
            return
        self.between |= self.now
        self.acts.append(RightAct(id=event.id, t=wire_time(event.t), act=event.act))

    def change(self) -> RightChange | None:
        if not self.acts:
            return None
        return RightChange(
            who=self.who,
            cir=self.cir,
            role_before=self.role_before,
            role_after=self.role,
            gained=sorted(self.now - self.before),
            lost=sorted(self.before - self.now),
            passing=sorted(self.between - self.before - self.now),
            epochs=None,
            acts=self.acts,
        )


def differences(
    scope: Scope, *, cir: UUID | None, who: UUID | None, since: datetime, until: datetime
) -> list[RightChange]:
    """Neither `cir` nor `who`: roles in the organisation. Oldest change first. Raises NotFound for a circle of others.

    Queries do not grow; one sealed detail is opened for each act.
    """
    if cir is not None and cir not in scope.circles:
        raise NotFound
    changes = [*_history(scope, cir, who, since, until)]
    if cir is not None or who is not None:
        changes += _changed(_places(scope, cir, who, since, until))
    if cir is None:
        changes += _changed(_roles(scope, who, since, until))
    return sorted(changes, key=lambda change: change.acts[0].id)


def _changed(held: Iterable[_Held]) -> Iterator[RightChange]:
    for each in held:
        change = each.change()
        if change is not None:
            yield change


def _places(scope: Scope, cir: UUID | None, who: UUID | None, since: datetime, until: datetime) -> Iterable[_Held]:
    circles = Pseudonym.objects.filter(kind="Circle", pseudonym__in=scope.circles)
    names = dict(circles.values_list("subject", "pseudonym"))
    rows = Member.objects.filter(circle__in=[circle for circle, name in names.items() if cir in (None, name)])
    if who is not None:
        rows = rows.filter(user__in=Pseudonym.objects.filter(kind="Person", pseudonym=who).values("subject"))
    members = {f"Member/{row.id}": row for row in rows.select_related("circle")}
    people = dict(
        Pseudonym.objects.filter(kind="Person", subject__in=[row.user_id for row in members.values()]).values_list(
            "subject", "pseudonym"
        )
    )
    held = {
        name: _Held(people.get(row.user_id), names[row.circle_id], row.circle.kind) for name, row in members.items()
    }
    events = _acts(scope, Q(obj__in=list(members), act__in=_OF_PLACES), until)
    for event, said in _with_details(events):
        place = held[event.obj or ""]
        role = None if event.act == "member.end" else said.get("role", place.role)
        rights = () if role is None else _abilities(place.kind, str(role), said.get("within"))
        place.turns(event, since, role=None if role is None else str(role), rights=rights)
    return held.values()


def _abilities(kind: str, role: str, within: object) -> frozenset[str]:
    """`within`: the role in the circle whose part this is, when it was narrowed."""
    if role not in ROLE_ABILITIES:
        return frozenset()
    held = frozenset[str](abilities_in(kind, role))
    return held & ROLE_ABILITIES["guest"] if within == "guest" else held


def _roles(scope: Scope, who: UUID | None, since: datetime, until: datetime) -> Iterable[_Held]:
    ours = str(scope.organization.id)
    about = Q(obj=f"Person/{who}") if who is not None else Q()
    held: dict[str, _Held] = {}
    for event, said in _with_details(_acts(scope, Q(act="perm.change") & about, until)):
        if event.obj is None or not event.obj.startswith("Person/"):
            continue
        person = held.setdefault(event.obj, _Held(UUID(event.obj.removeprefix("Person/")), None))
        roles = set(person.now)
        for role in ORGANISATION_ROLES:
            if said.get(role) == ours:
                roles.add(role)
            if said.get(f"no_longer_{role}") == ours:
                roles.discard(role)
        person.turns(event, since, role=None, rights=roles)
    return held.values()


def _history(
    scope: Scope, cir: UUID | None, who: UUID | None, since: datetime, until: datetime
) -> Iterator[RightChange]:
    """Epochs of the past that were opened to somebody: nobody closes them again."""
    if cir is None and who is None:
        return
    about = Q(act="history.grant", t__gte=since)
    for event, said in _with_details(_acts(scope, about & (Q(cir=cir) if cir is not None else Q()), until)):
        reader = Pseudonym.objects.filter(kind="Person", subject=said["user"]).first() if "user" in said else None
        if who is not None and (reader is None or reader.pseudonym != who):
            continue
        yield RightChange(
            who=None if reader is None else reader.pseudonym,
            cir=event.cir,
            role_before=None,
            role_after=None,
            gained=["history"],
            lost=[],
            passing=[],
            epochs=(int(said["from"]), int(said["to"])) if "from" in said else None,
            acts=[RightAct(id=event.id, t=wire_time(event.t), act=event.act)],
        )


def _acts(scope: Scope, about: Q, until: datetime) -> QuerySet[Event]:
    return scope.events().filter(about, out=0, t__lt=until).order_by("id")[:_MOST]


def _with_details(events: QuerySet[Event]) -> Iterator[tuple[Event, dict[str, Any]]]:
    """Each with what it says; nothing where the words were erased, or are not the act's own."""
    rows = list(events)
    sealed = {each.event_id: each for each in Detail.objects.filter(event__in=[row.id for row in rows], key="det")}
    for row in rows:
        detail = sealed.get(row.id)
        try:
            yield row, {} if detail is None else words_of(detail) or {}
        except (CryptoError, KeyError):
            yield row, {}
