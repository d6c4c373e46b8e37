"""A circle with a story, sealed in the log, and an officer who asks who could read.

Used by the tests of certificates.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from audit import proofs, verify
from audit.events import SYSTEM
from audit.models import Pseudonym
from chat.models import Item
from circles.services import appoint
from directory.models import PractitionerRole
from tests import factories
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import told
from tests.chat_statements import giving, history_grant
from tests.log import seal

Document = dict[str, Any]
CONSENT = {"given_on": "2026-01-12", "how": "written"}


@dataclass
class Story:
    """`early` was written when gp and nurse were in (epoch 2), `late` in the present epoch.

    `outside` came from outside the care team, with consent, and was given the past; the nurse has got a second device
    since and was removed; the aide is a guest who was never given anything from before.
    """

    circle: CareCircle
    gp: Person
    nurse: Person
    outside: Person
    aide: Person
    officer: Person
    organization: UUID
    early: UUID
    late: UUID
    second_device: UUID

    def certify(self, **asked: object) -> Answer:
        body: Document = {"reason": "Demande du patient", **{key: str(value) for key, value in asked.items()}}
        return self.officer.post(f"organisations/{self.organization}/certificates", body)

    def document(self, **asked: object) -> Document:
        status, made = self.certify(**asked)
        assert status == 200, made
        path = f"organisations/{self.organization}/certificates/{made['id']}"
        status, document = self.officer.get(path)
        assert status == 200, document
        return dict(document)

    @property
    def period(self) -> dict[str, object]:
        now = datetime.now(UTC)
        return {"circle": self.name, "since": (now - timedelta(days=1)).isoformat(), "until": now.isoformat()}

    @property
    def name(self) -> UUID:
        return Pseudonym.objects.get(kind="Circle", subject=self.circle.id).pseudonym

    @cached_property
    def of_early(self) -> Document:
        return self.document(message=self.early)

    @cached_property
    def of_period(self) -> Document:
        return self.document(**self.period)


def a_story(scene: Scene) -> Story:
    gp, nurse, outside, aide, officer = (
        a_person(factories.GP),
        *(a_person() for _ in range(3)),
        a_person(factories.QUALITY),
    )
    organization = PractitionerRole.objects.get(id=gp.role_id).organization_id
    assert organization is not None
    PractitionerRole.objects.filter(id=officer.role_id).update(organization=organization)
    appoint(actor=SYSTEM, user_id=officer.id, organization_id=organization, role="compliance_officer")
    circle = a_care_circle(gp, nurse)
    early = _written(scene, circle, gp)
    second = nurse.further_device()
    circle.with_members(outside, ground="outside_team", consent=CONSENT)
    statement = history_grant(gp.device, circle.id, outside.id, first=0, last=circle.epoch - 1)
    with gp.socket(scene.server) as socket:
        frame = giving(statement, circle.id, 0, circle.epoch - 1)
        socket.send(frame)
        assert told(socket.answer(str(frame["ref"]))) == "granted"
    circle.with_members(aide, role="guest", not_after=factories.in_days(7).replace(microsecond=0))
    circle.end(nurse)
    late = _written(scene, circle, outside)
    seal()
    return Story(circle, gp, nurse, outside, aide, officer, organization, early, late, second.device.id)


def _written(scene: Scene, circle: CareCircle, by: Person) -> UUID:
    with by.socket(scene.server) as socket:
        socket.listen(circle.id)
        assert told(socket.post(by.device.send(circle.id, circle.epoch))) == "ack"
    newest = Item.objects.filter(group_id=circle.id, kind=Item.Kind.MESSAGE).latest("seq").message_id
    assert newest is not None
    return newest


def people(document: Document) -> dict[str, Document]:
    return {each["user"]: each for each in document["claim"]["people"]}


def verified(document: Document, folder: Path) -> tuple[int, list[str]]:
    """What the offline program says of it: its status, and the codes of what it refused."""
    file = folder / "certificate.json"
    file.write_text(json.dumps(document))
    said: list[str] = []
    keys = [part for vkey in proofs.vkeys().values() for part in ("--vkey", vkey)]
    status = verify.main(["certificate", str(file), *keys, "--json"], said.append)
    return status, [each["code"] for each in json.loads(said[0])["statements"] if not each["ok"]]


Tamper = Callable[[Document, Story], None]
