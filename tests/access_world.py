"""Everybody who could ask for something, and what there is to ask for: one's own, and what belongs to others.

Used by the access matrix. What somebody may do follows from `circles.roles` alone and from where they stand here; the
server's tables are not asked. A new kind of object in a path is named in `World.parts`.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.test import Client
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.events import SYSTEM
from audit.models import Hold
from audit.selectors import events_about
from audit.services import record
from circles import access
from circles.careteam.systems import create_system
from circles.ins import PatientTraits
from circles.models import Consent, Invitation, JoinRequest, Member, Opposition, Patient, Proposal, System
from circles.patients import open_traits
from circles.roles import (
    ACTIONS,
    CLOSED_ABILITIES,
    INVITEE_ABILITIES,
    ORGANISATION_ROLE_ABILITIES,
    ROLE_ABILITIES,
    OrganisationRole,
)
from circles.services import accept_contact, appoint, ask_contact, ask_to_join, block, break_glass, close
from compliance.findings.day import ZONE
from compliance.findings.looking import look
from compliance.findings.monthly import make
from compliance.models import Certificate, Export, Finding, Resolution, Watch
from directory.models import Organization, PractitionerRole
from tests import factories
from tests.chat_commits import Rope
from tests.chat_files import a_file
from tests.chat_people import CareCircle, Person, a_care_circle, a_person, opening, shown_patient, unproved_cookies

Body = Callable[["Caller"], Any]
STAFF_ROLE: Final = "/api/organisations/{organisation_id}/staff/{user_id}/roles/{role}"
DEPART: Final = "POST /api/organisations/{organisation_id}/staff/{user_id}/depart"
RECEIPT: Final = "GET /api/receipts/{event_id}"
TOKEN: Final = "0" * 64  # of a link that nobody was sent
ABSENT: Final = (
    *("invitation_id", "device_id", "user_id", "request_id", "break_glass_id"),
    *("structure_id", "practitioner_id", "proposal_id", "event_id"),
)
SIGNED_OUT: Final = frozenset({"nobody", "signed out", "without MFA"})


@dataclass
class Caller:
    """Somebody at a browser. `holds`: abilities by circle or organisation."""

    name: str
    person: Person
    browser: Client
    eligible: bool = True
    holds: dict[UUID, frozenset[str]] = field(default_factory=dict)

    @property
    def signed_in(self) -> bool:
        return self.name not in SIGNED_OUT


@dataclass(frozen=True)
class Part:
    """What a path names beside a circle or an organisation: its id, whose it is, and where it belongs to."""

    id: str
    owner: UUID | None = None
    place: UUID | None = None


@dataclass(frozen=True)
class Target:
    """What a path leads to: in which circle or organisation, and whose it is."""

    name: str
    path: Mapping[str, str]
    place: UUID | None = None
    owner: UUID | None = None
    exists: bool = True  # False: the parts of the path do not belong together
    due: bool = False  # the server, or a registrar, has ordered it


class World:
    """A circle with somebody in every position, one that is closed, one of others; an organisation, and another."""

    def __init__(self) -> None:
        self.callers: dict[str, Caller] = {}
        self._people()
        self._circles()
        self._organisations()
        others = self._person("of another circle")
        self.foreign = a_care_circle(others)
        self.callers["of another circle"].holds[self.foreign.id] = ROLE_ABILITIES["coordinator"] | {"coordinator"}
        self.foreign_organisation = _organisation_of(others)
        appoint(actor=SYSTEM, user_id=others.id, organization_id=self.foreign_organisation, role="administrator")
        self.callers["of another circle"].holds[self.foreign_organisation] = frozenset({"administer"})
        self._person("outsider")
        invited_elsewhere = a_person()
        self.foreign.invite(invited_elsewhere)
        self.uninvited = factories.a_practitioner()
        self.parts = self._parts(invited_elsewhere)
        for name, organisation in (
            ("coordinator", self.organisation),
            ("of another circle", self.foreign_organisation),
        ):
            held = self.callers[name].holds
            held[organisation] = held.get(organisation, frozenset()) | {"colleague"}
        self._contacts()
        for caller in self.callers.values():
            if caller.signed_in:
                caller.person.shows_presence()  # a stale session would be asked for one before the gate is

    # --- who ---

    def _people(self) -> None:
        stranger = self._person("stranger")
        self._person("not eligible", eligible=False)
        for name, cookie in unproved_cookies(stranger.user).items():
            browser = Client(SERVER_NAME="localhost")
            if cookie is not None:
                key, _, value = cookie.partition("=")
                browser.cookies[key] = value
            self.callers[name] = Caller(name, stranger, browser)

    def _person(self, name: str, *, eligible: bool = True) -> Person:
        person = a_person(factories.GP if eligible else factories.QUALITY)
        self.callers[name] = Caller(name, person, person.browser, eligible)
        return person

    def _circles(self) -> None:
        for name in ("coordinator", "member", "guest", "delegate", "invitee", "former member"):
            self._person(name)
        coordinator, member = self.callers["coordinator"].person, self.callers["member"].person
        self.home, self.closed = a_care_circle(coordinator), a_care_circle(coordinator)
        for circle in (self.home, self.closed):
            self.populate(circle)
        self.files = {circle.id: a_file(member, circle, b"x" * 100)[0] for circle in (self.home, self.closed)}
        close(actor=coordinator.actor, circle_id=self.closed.id, reason="Fin de la prise en charge")
        for caller in self.callers.values():
            caller.holds[self.closed.id] = caller.holds.get(self.closed.id, frozenset()) & CLOSED_ABILITIES
        for circle in (self.home, self.closed):
            self.callers["coordinator"].holds[circle.id] |= {"coordinator"}

    def populate(self, circle: CareCircle) -> None:
        """Somebody in every position of a circle that the coordinator has opened."""
        member, former, delegate, guest, invitee = (
            self.callers[name].person for name in ("member", "former member", "delegate", "guest", "invitee")
        )
        circle.with_members(member, former, delegate)
        circle.with_members(guest, role="guest", not_after=factories.in_days(7).replace(microsecond=0))
        circle.invite(invitee)
        circle.end(former)
        _make_delegate(circle.id, delegate.id, member.id)
        for role in ROLE_ABILITIES:
            self.callers[role].holds[circle.id] = ROLE_ABILITIES[role]
        self.callers["invitee"].holds[circle.id] = INVITEE_ABILITIES

    def _organisations(self) -> None:
        self.organisation = _organisation_of(self.callers["coordinator"].person)
        roles: tuple[tuple[str, OrganisationRole], ...] = (
            ("administrator", "administrator"),
            ("officer", "compliance_officer"),
            ("registrar", "registrar"),
        )
        for name, role in roles:
            person = self._person(name)
            appoint(actor=SYSTEM, user_id=person.id, organization_id=self.organisation, role=role)
            self.callers[name].holds[self.organisation] = ORGANISATION_ROLE_ABILITIES[role]

    # --- what ---

    def _parts(self, invited_elsewhere: Person) -> dict[str, dict[str, Part]]:
        """By position. A name that means another thing for each action stands behind the action."""
        member, stranger = self.callers["member"].person, self.callers["stranger"].person
        invitee, officer = self.callers["invitee"].person, self.callers["officer"].person
        coordinator = self.callers["coordinator"].person
        of_others = self.callers["of another circle"].person
        strange_file, _ = a_file(of_others, self.foreign, b"x" * 100)
        return {
            "home": {
                "file_id": Part(str(self.files[self.home.id]), member.id),
                "epoch": Part(str(self.home.epoch)),
                "invitation_id": Part(_invitation(self.home.id, invitee.id), invitee.id),
                "device_id": Part(str(member.device.id), member.id),
                "user_id": Part(str(officer.id)),
                f"PUT {STAFF_ROLE} user_id": Part(str(coordinator.id)),
                f"{DEPART} user_id": Part(str(coordinator.id)),
                "role": Part("compliance_officer"),
                "system_id": Part(_system(self.callers["administrator"].person, self.organisation, coordinator)),
                "proposal_id": Part(_proposal(self.organisation, self.home, officer), None, self.home.id),
                "structure_id": Part(str(self.organisation)),
                "practitioner_id": Part(_practitioner(member)),
                "event_id": Part(_event(self.home)),
                "resolution_id": Part(_resolution(officer, self.organisation)),
                f"{RECEIPT} event_id": Part(_event(self.home), coordinator.id),
                "certificate_id": Part(_certificate(officer, self.organisation, self.home)),
                **_asked_for(officer, self.organisation),
                **_wishes(self.home, coordinator),
                **self._outside(self.callers["outsider"].person, self.home, self.organisation),
                **_stands_out(self.organisation, date(2026, 1, 1)),
            },
            "closed": {
                "file_id": Part(str(self.files[self.closed.id])),
                "epoch": Part(str(self.closed.epoch)),
                **_wishes(self.closed, coordinator),
            },
            "foreign": {
                "file_id": Part(str(strange_file), of_others.id),
                "epoch": Part("0"),
                "invitation_id": Part(_invitation(self.foreign.id, invited_elsewhere.id), invited_elsewhere.id),
                "device_id": Part(str(stranger.device.id), stranger.id),
                "user_id": Part(str(of_others.id)),
                "role": Part("administrator"),
                "system_id": Part(_system(of_others, self.foreign_organisation, of_others)),
                "proposal_id": Part(_proposal(self.foreign_organisation, self.foreign, officer), None, self.foreign.id),
                "structure_id": Part(str(self.foreign_organisation)),
                "practitioner_id": Part(_practitioner(of_others)),
                "event_id": Part(_event(self.foreign)),
                "resolution_id": Part(_resolution(of_others, self.foreign_organisation)),
                f"{RECEIPT} event_id": Part(_event(self.foreign), of_others.id),
                "certificate_id": Part(_certificate(of_others, self.foreign_organisation, self.foreign)),
                **_asked_for(of_others, self.foreign_organisation),
                **_wishes(self.foreign, of_others),
                **self._outside(a_person(), self.foreign, self.foreign_organisation),
                **_stands_out(self.foreign_organisation, date(2026, 2, 1)),
            },
            "absent": dict.fromkeys(ABSENT, Part(str(uuid7()))),
        }

    def _outside(self, person: Person, circle: CareCircle, organisation: UUID) -> dict[str, Part]:
        """Somebody who has asked to be let into a circle, and has broken its glass."""
        patient = _patient_of(circle)
        ask_to_join(actor=person.actor, patient=patient, why="in_charge")
        request = JoinRequest.objects.get(circle_id=circle.id, user_id=person.id)
        broken = break_glass(actor=person.actor, patient=patient, reason="Chute au domicile, aucun contact")
        glass = Part(str(broken), person.id, organisation)
        return {"request_id": Part(str(request.id), None, circle.id), "break_glass_id": glass}

    def _contacts(self) -> None:
        """Somebody who asks the member, one who is in contact with them, one whom they have blocked; and a pair of
        others. Each action on a contact meets the one whom it is for.
        """
        member, one, two, other = self.callers["member"].person, a_person(), a_person(), a_person()
        blocked = self._person("blocked by the member")
        for asker, asked, place in ((one, member, "home"), (two, other, "foreign")):
            ask_contact(actor=asker.actor, user_id=asked.id, message="")
            for act in ("ask", "accept", "refuse", "block"):
                self.parts[place][f"POST /api/contacts/{{user_id}}/{act} user_id"] = Part(str(asker.id), asked.id)
        ask_contact(actor=member.actor, user_id=other.id, message="")
        accept_contact(actor=other.actor, user_id=member.id)
        block(actor=member.actor, user_id=blocked.id)
        for act, user in (("end", other), ("unblock", blocked)):
            self.parts["home"][f"POST /api/contacts/{{user_id}}/{act} user_id"] = Part(str(user.id), member.id)
            self.parts["foreign"][f"POST /api/contacts/{{user_id}}/{act} user_id"] = Part(str(two.id), other.id)

    def targets(self, action: str) -> Iterator[Target]:
        names = re.findall(r"{(\w+)}", action)
        places: dict[str, dict[str, UUID]] = {
            "circle_id": {
                "home": self.home.id,
                "closed": self.closed.id,
                "foreign": self.foreign.id,
                "absent": uuid7(),
            },
            "organisation_id": {
                "home": self.organisation,
                "foreign": self.foreign_organisation,
                "absent": uuid7(),
            },
        }
        if not names:
            yield Target("-", {})
            return
        if names[0] not in places:
            # An invitation belongs to a circle too: its coordinators follow it up.
            circles = {"home": self.home.id, "foreign": self.foreign.id} if names[0] == "invitation_id" else {}
            for position in ("home", "foreign", "absent"):
                yield self._target(position, {}, circles.get(position), names, position, action)
            return
        for position, place in places[names[0]].items():
            inside = "home" if position == "absent" else position
            yield self._target(position, {names[0]: str(place)}, place, names[1:], inside, action)
        if {*names[1:]} - {"epoch"}:
            home = places[names[0]]["home"]
            mixed = self._target("home, foreign part", {names[0]: str(home)}, home, names[1:], "foreign", action)
            yield Target(mixed.name, mixed.path, mixed.place, None, exists=False)

    def _target(
        self, name: str, path: dict[str, str], place: UUID | None, names: list[str], inside: str, action: str
    ) -> Target:
        owner: UUID | None = None
        for part in names:
            known = self.parts[inside]
            found = known.get(f"{action} {part}") or known[part]
            path[part], owner, place = found.id, found.owner, place or found.place
        return Target(name, path, place, owner, exists=name != "absent")

    def may(self, caller: Caller, action: str, target: Target) -> bool:
        """What the table says."""
        who = ACTIONS[action]
        if "public" in who:
            return True
        if not caller.signed_in or not target.exists:
            return False
        if "signed_in" in who or ("professional" in who and caller.eligible):
            return True
        if "self" in who and target.owner == caller.person.id:
            return True
        if "due" in who and target.due:
            who = {*who, "read"}
        return target.place is not None and bool(caller.holds.get(target.place, frozenset()) & who)

    # --- bodies of operations whose gate stands behind a look at the content ---

    @property
    def bodies(self) -> dict[str, Body]:
        return {
            "POST /api/circles": lambda caller: _opening(caller.person),
            "POST /api/circles/{circle_id}/compartments": lambda caller: _named(caller.person, "formal_team"),
            "POST /api/organisations/{organisation_id}/teams": lambda caller: _named(caller.person, "no_patient"),
            "POST /api/exchanges": lambda caller: _named(caller.person, "no_patient", peer=str(uuid7())),
            "POST /api/circles/{circle_id}/reservations": lambda _: {
                "role": str(self.uninvited.id),
                "to": "quelqu-un@cordee.example",
                "language": "fr",
            },
            "POST /api/welcome": lambda _: {"token": TOKEN},
            "POST /api/welcome/refuse": lambda _: {"token": TOKEN},
            "POST /api/welcome/claim": lambda _: {"token": TOKEN, "email": "x@cordee.example", "password": "x"},
            "PUT /api/preferences": lambda _: {"mail": True, "quiet": None, "zone": "Europe/Paris"},
            "POST /api/patients/ask": lambda caller: {
                "patient": shown_patient(_patient_of(self.foreign)),
                "why": "in_charge",
            },
            "POST /api/circles/{circle_id}/oppositions": lambda caller: {
                "user": None,
                "told_on": "2026-01-12",
                "how": "spoken",
                "reason": "",
            },
            "POST /api/organisations/{organisation_id}/trail/subjects": lambda _: {"circle": str(self.home.id)},
            "POST /api/organisations/{organisation_id}/trail/resolve": lambda _: {
                "pseudonyms": [str(events_about(circle_id=self.home.id)[0].cir)],
                "reason": "Demande de la patiente",
            },
            "POST /api/organisations/{organisation_id}/exports": lambda _: {
                "filters": {},
                "formats": ["csv"],
                "reason": "Demande de la direction",
            },
            "POST /api/organisations/{organisation_id}/holds": lambda _: {
                "kind": "Period",
                "since": factories.in_days(-7).isoformat(),
                "until": factories.in_days(0).isoformat(),
                "reason": "Contentieux",
            },
            "POST /api/organisations/{organisation_id}/certificates": lambda _: {
                "circle": str(events_about(circle_id=self.home.id)[0].cir),
                "since": factories.in_days(-7).isoformat(),
                "until": factories.in_days(0).isoformat(),
                "reason": "Demande de la patiente",
            },
            "POST /api/circles/{circle_id}/files": lambda caller: {"id": str(uuid7()), "size": 100},
        }


def _opening(person: Person) -> Any:
    rope, shown = Rope.begun(person.device, uuid7())
    return opening(shown, rope.circle)


def _named(person: Person, ground: str, **said: str) -> Any:
    rope, shown = Rope.begun(person.device, uuid7(), ground=ground)
    return {"id": str(rope.circle), "group": shown} | (said or {"name": "Autour de la sortie"})


def _invitation(circle: UUID, user: UUID) -> str:
    return str(Invitation.objects.get(circle_id=circle, user_id=user, state=Invitation.State.PENDING).id)


def _organisation_of(person: Person) -> UUID:
    organization = PractitionerRole.objects.get(id=person.role_id).organization_id
    assert organization is not None
    return organization


def _patient_of(circle: CareCircle) -> PatientTraits:
    return open_traits(Patient.objects.get(circles=circle.id))


@transaction.atomic
def _wishes(circle: CareCircle, recorder: Person) -> dict[str, Part]:
    """What the patient once said of people who are not in the circle."""
    said = {"circle_id": circle.id, "how": "spoken", "recorded_by_id": recorder.id}
    consent = Consent.objects.create(**said, user=a_person().user, given_on=factories.INFORMED_ON)
    opposition = Opposition.objects.create(**said, user=a_person().user, told_on=factories.INFORMED_ON)
    record("consent.record", actor=recorder.actor, circle_id=circle.id, obj=("Consent", consent.id))
    record("opposition.record", actor=recorder.actor, circle_id=circle.id, obj=("Opposition", opposition.id))
    return {"consent_id": Part(str(consent.id)), "opposition_id": Part(str(opposition.id))}


def _practitioner(person: Person) -> str:
    return str(PractitionerRole.objects.get(id=person.role_id).practitioner_id)


def _event(circle: CareCircle) -> str:
    """One of its trail."""
    return str(events_about(circle_id=circle.id).filter(act="circle.create").get().id)


@transaction.atomic
def _resolution(officer: Person, organisation: UUID) -> str:
    """This person asks who is behind some pseudonyms of an organisation."""
    asked = Resolution(organization_id=organisation, pseudonyms=[], asked_by_id=officer.id)
    asked.event_id = record("subject.resolve", actor=officer.actor, obj=("Resolution", asked.id))
    asked.save(force_insert=True)
    return str(asked.id)


def _stands_out(organisation: UUID, month: date) -> dict[str, Part]:
    """The glass that was broken, as its officers find it, and the report of a month."""
    known, today = Organization.objects.get(id=organisation), timezone.now().astimezone(ZONE).date()
    look(known, today)
    Watch.objects.get_or_create(organization=known, defaults={"through": today})
    make(known, month)
    finding = Finding.objects.filter(organization=known, rule="break_glass").latest("found")
    return {"finding_id": Part(str(finding.id)), "month": Part(month.isoformat())}


@transaction.atomic
def _certificate(officer: Person, organisation: UUID, circle: CareCircle) -> str:
    """Of nobody, for a period of this circle."""
    document = {
        "claim": {"about": {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}, "circle": str(circle.id)}
        | {"epochs": [0, 0], "people": []},
        "evidence": {
            "bindings": [{"kind": "Circle", "pseudonym": str(circle.id), "subject": str(circle.id)}],
            "checkpoints": {},
            "facts": [],
        },
        "made": {"t": "2026-02-01T00:00:00Z"},
        "names": [],
    }
    event = record("audit.certify", actor=officer.actor, circle_id=circle.id, obj=("Circle", circle.id))
    certificate = Certificate.objects.create(
        organization_id=organisation,
        circle_id=circle.id,
        since=timezone.now(),
        people=0,
        named=False,
        made_by_id=officer.id,
        document=zlib.compress(json.dumps(document).encode()),
        event_id=event,
    )
    return str(certificate.id)


@transaction.atomic
def _asked_for(officer: Person, organisation: UUID) -> dict[str, Part]:
    """An export that was made, and a legal hold that stands."""
    export, hold = Export(organization_id=organisation, asked_by_id=officer.id, filters={}, formats=["csv"]), uuid7()
    export.state, export.size = Export.State.READY, 1
    export.event_id = record("export.create", actor=officer.actor, obj=("Export", export.id))
    export.save(force_insert=True)
    Hold.objects.create(
        id=hold,
        organization=organisation,
        kind="Period",
        since=factories.in_days(-7),
        until=factories.in_days(0),
        event_id=record("audit.hold", actor=officer.actor, obj=("Hold", hold)),
        placed_by=officer.id,
        placed=timezone.now(),
    )
    return {"export_id": Part(str(export.id)), "hold_id": Part(str(hold))}


def _system(administrator: Person, organisation: UUID, coordinator: Person) -> str:
    create_system(
        actor=administrator.actor, organization_id=organisation, name="Logiciel", coordinator_id=coordinator.id
    )
    return str(System.objects.get(organization=organisation).id)


@transaction.atomic
def _proposal(organisation: UUID, circle: CareCircle, person: Person) -> str:
    """A system of the organisation would have this person in the circle."""
    proposal = Proposal.objects.create(
        kind=Proposal.Kind.MEMBER,
        team=circle.id,
        system=System.objects.get(organization=organisation),
        organization_id=organisation,
        practitioner_role_id=person.role_id,
    )
    record("careteam.write", actor=SYSTEM, circle_id=circle.id)
    return str(proposal.id)


@transaction.atomic
def _make_delegate(circle_id: UUID, user_id: UUID, principal: UUID) -> None:
    """The secretariat of somebody, as the tables have it; the chain only knows a member."""
    member = Member.objects.select_related("circle").get(circle_id=circle_id, user_id=user_id, ended=None)
    member.role, member.delegate_of_id = "delegate", principal
    member.save(update_fields=["role", "delegate_of"])
    access.grant(user_id=user_id, circle=member.circle, abilities=ROLE_ABILITIES["delegate"], until=None)
    record("member.role", actor=SYSTEM, circle_id=circle_id, obj=("Member", member.id))
