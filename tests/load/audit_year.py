"""A year of a region's trail in PostgreSQL: a million events of 400 people in 2,000 circles, valid leaf by leaf and MAC
by MAC, written by COPY as a superuser.

Skewed as it is in life: by day, nobody works at night as by day; by structure, one
hospital has a third of the people; by act, most of it is reading. Who acts does so in sessions, on one of two devices.
"""

from __future__ import annotations

import os
import random
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from uuid_utils.compat import uuid7

from audit.events import mac
from circles.models import Circle, Member, Professional
from directory.models import PractitionerRole
from tests.load.many_circles import Region

DAYS: Final = 365
SHARES: Final = (0.35, 0.15, 0.1, 0.08, 0.06)  # of the people, by structure; the others share the rest
REFUSED: Final = 0.015
ACTS: Final = {
    "message.read": 340, "message.send": 190, "circle.read": 130, "receipt.send": 90, "circle.open": 60,
    "attachment.read": 40, "auth.login": 35, "device.connect": 35, "mls.read": 30, "circle.list": 20,
    "attachment.add": 10, "mls.commit": 6, "member.invite": 3, "member.join": 3, "member.end": 2,
    "patient.read": 3, "history.grant": 0.5, "breakglass.start": 0.2, "perm.change": 0.1,
}  # fmt: skip
_OUTSIDE: Final = frozenset({"auth.login", "device.connect", "circle.list", "perm.change"})
_COLUMNS: Final = 'id, leaf, mac, w, wn, t, act, "out", err, who, dev, ses, org, pat, cir, obj'
_HOURS: Final = [1, 1, 1, 1, 1, 2, 6, 14, 20, 22, 20, 16, 12, 16, 18, 18, 15, 12, 9, 7, 5, 3, 2, 1]


@dataclass
class Somebody:
    who: UUID
    org: UUID
    circles: list[tuple[UUID, UUID]] = field(default_factory=list)  # pseudonyms of circle and patient
    devices: tuple[UUID, UUID] = field(default_factory=lambda: (uuid7(), uuid7()))


def skew(region: Region) -> None:
    """The people of many structures belong to a few."""
    first = 0
    for organisation, share in zip(region.organisations, SHARES, strict=False):
        count = int(len(region.people) * share)
        held = Professional.objects.filter(user_id__in=region.people[first : first + count])
        PractitionerRole.objects.filter(id__in=held.values("practitioner_role")).update(organization_id=organisation)
        first += count


def seed(region: Region, *, events: int) -> list[Somebody]:
    """Everybody's pseudonyms and `events` events. The connection is a superuser's; triggers are off meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        people = _bound(cursor)
        cursor.execute("INSERT INTO audit_writer (n, backend) VALUES (%s, 0) RETURNING id", (events,))
        writer = int(cursor.fetchone()[0])
        with cursor.copy(f"COPY audit_event ({_COLUMNS}) FROM STDIN") as copy:
            for row in _events(people, events, writer):
                copy.write_row(row)
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE audit_event")
        cursor.execute("ANALYZE audit_pseudonym")
    return people


def _bound(cursor: Any) -> list[Somebody]:
    """A pseudonym for everybody and everything, as their first acts would have bound them."""
    subjects = (
        [("Person", each) for each in Professional.objects.values_list("user_id", flat=True)]
        + [("Circle", each) for each in Circle.objects.values_list("id", flat=True)]
        + [("Patient", each) for each in Circle.objects.values_list("patient_id", flat=True)]
    )
    names = {subject: uuid4() for subject in subjects}
    with cursor.copy("COPY audit_pseudonym (pseudonym, kind, subject, salt, event_id) FROM STDIN") as copy:
        for (kind, subject), name in names.items():
            copy.write_row((name, kind, subject, os.urandom(32), uuid7()))
    linked = Professional.objects.values_list("user_id", "practitioner_role__organization_id")
    people = {user: Somebody(names["Person", user], org) for user, org in linked}
    for user, circle, patient in Member.objects.values_list("user_id", "circle_id", "circle__patient_id"):
        people[user].circles.append((names["Circle", circle], names["Patient", patient]))
    return list(people.values())


def _events(people: list[Somebody], count: int, writer: int) -> Iterator[tuple[Any, ...]]:
    """In sessions of ten or so, in order of time."""
    chosen = random.Random(5)
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    hours = [begin + timedelta(hours=number) for number in range(DAYS * 24)]
    weights = [_HOURS[hour.hour] * (0.35 if hour.weekday() > 4 else 1) for hour in hours]
    sessions = chosen.choices(hours, weights, k=count // 10 + 1)
    moments = sorted(hour + timedelta(seconds=chosen.uniform(0, 3600)) for hour in sessions)
    acts, shares = list(ACTS), list(ACTS.values())
    number, spare = 1, b64encode(bytes(16)).decode()
    yield _opening(begin, writer, spare)
    for began in moments:
        somebody = chosen.choice(people)
        session, device, at = f"{chosen.getrandbits(128):032x}", somebody.devices[chosen.random() < 0.2], began
        for act in chosen.choices(acts, shares, k=10):
            number += 1
            if number > count:
                return
            at += timedelta(seconds=chosen.expovariate(1 / 3))
            yield _row(chosen, somebody, act, at, session, device, writer, number, spare)


def _opening(at: datetime, writer: int, spare: str) -> tuple[Any, ...]:
    said = {
        "act": "writer.open", "auth": "system", "id": _id(at, 0), "n": spare, "node": "load/1",
        "obj": f"Writer/{writer}",
        "out": 0, "t": _time(at), "v": 1, "w": writer, "why": "HOPERAT", "wn": 1,
    }  # fmt: skip
    leaf = _leaf(said)
    code = mac(leaf.encode(), settings.AUDIT_MAC_KEY)
    nothing = (None,) * 6
    return (_id(at, 0), leaf, code, writer, 1, at, "writer.open", 0, None, *nothing, f"Writer/{writer}")


def _row(
    chosen: random.Random,
    somebody: Somebody,
    act: str,
    at: datetime,
    session: str,
    device: UUID,
    writer: int,
    number: int,
    spare: str,
) -> tuple[Any, ...]:
    event = _id(at, chosen.getrandbits(62))
    cir, pat = (None, None) if act in _OUTSIDE else chosen.choice(somebody.circles[:20])
    out, err = (8, "not_found") if chosen.random() < REFUSED else (0, None)
    obj = f"Message/{uuid7()}" if act == "message.send" else None if cir is None else f"Circle/{cir}"
    said = {
        "act": act, "auth": "passkey", "cir": cir, "dev": device, "err": err, "id": event, "n": spare,
        "node": "load/1", "obj": obj, "org": somebody.org, "out": out, "pat": pat, "role": "60", "ses": session,
        "t": _time(at), "v": 1, "w": writer, "who": somebody.who, "why": "TREAT", "wn": number,
    }  # fmt: skip
    leaf = _leaf(said)
    code = mac(leaf.encode(), settings.AUDIT_MAC_KEY)
    return (
        *(event, leaf, code, writer, number, at, act, out, err),
        *(somebody.who, device, session, somebody.org, pat, cir, obj),
    )


def _id(at: datetime, bits: int) -> UUID:
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62 | bits)


def _time(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")[:-6] + "Z"


def _leaf(said: dict[str, Any]) -> str:
    """As `audit.events.canonical`, for values that need no escape: ten times as fast."""
    inside = (
        f'"{key}":{value}' if isinstance(value, int) else f'"{key}":"{value}"'
        for key, value in said.items()
        if value is not None
    )
    return "{" + ",".join(inside) + "}"
