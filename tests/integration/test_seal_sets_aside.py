"""What the application did not write gets no place in the log, is set aside, and stops nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import LiteralString
from unittest import mock
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from audit import proofs, sealing
from audit.events import mac
from audit.inspection import STILL_ASIDE
from audit.models import Event, KeyLeaf, Leaf, Rejected
from audit.sequencer import SequencerStopped
from tests.integration.conftest import Sql
from tests.log import seal, sequencing
from tests.trail import act

BEHIND_TRIGGERS: LiteralString = "ALTER TABLE audit_event DISABLE TRIGGER USER"
TAMPERS: dict[str, LiteralString] = {
    "mac": "UPDATE audit_event SET act = 'x.y', leaf = replace(leaf, 'circle.read', 'x.y') WHERE id = %s",
    "columns": "UPDATE audit_event SET who = gen_random_uuid() WHERE id = %s",
}


@pytest.mark.parametrize("reason", TAMPERS)
def test_a_changed_event_is_set_aside(reason: str, as_role: Callable[[str], Sql]) -> None:
    before, changed, after = act("s1"), act("s2"), act("s3")
    superuser = as_role("postgres")
    superuser(BEHIND_TRIGGERS)
    superuser(TAMPERS[reason], changed)

    with capture_logs() as lines:
        seal()

    assert list(Rejected.objects.values_list("source", "kind", "reason")) == [(changed, "acts", reason)]
    assert [line for line in lines if line["event"] == "log.rejected"] == [
        {"event": "log.rejected", "log_level": "error", "kind": "acts", "source": str(changed), "reason": reason}
    ]
    assert set(proofs.indices([before, changed, after])) == {before, after}
    assert Leaf.objects.filter(event__isnull=False).count() == Event.objects.count() - 1


@pytest.mark.parametrize("column", ["t", "act", "out", "err", "on", "dev", "ses", "org", "pat", "obj"])
def test_every_searched_column_is_held_against_the_leaf(column: str, as_role: Callable[[str], Sql]) -> None:
    event = act()
    other: dict[str, object] = {"t": "2001-01-01T00:00:00Z", "out": 8}
    value = other.get(column, uuid7() if column in {"on", "dev", "org", "pat"} else "circle.list")
    superuser = as_role("postgres")
    superuser(BEHIND_TRIGGERS)
    superuser(f'UPDATE audit_event SET "{column}" = %s WHERE id = %s', value, event)

    seal()

    assert Rejected.objects.get().reason == "columns"


def test_what_was_inserted_without_the_key_is_set_aside_once(as_role: Callable[[str], Sql]) -> None:
    act()
    forged = _forge(as_role("postgres"))
    seal()
    act("s2")
    seal()
    seal()

    assert list(Rejected.objects.values_list("source", "reason")) == [(forged, "mac")]


def test_a_key_event_of_nobody_is_set_aside(as_role: Callable[[str], Sql]) -> None:
    act()
    identifier = uuid7()
    as_role("app")("SELECT audit_append_key_leaf(%s, %s, 1, '{}', %s)", identifier, uuid7(), bytes(32))
    seal()

    assert KeyLeaf.objects.count() == 1
    assert Rejected.objects.values_list("source", "kind", "reason").get() == (identifier, "keys", "mac")
    assert proofs.proof_of_key_leaf(identifier) is None


def test_a_flood_of_forged_events_holds_nobody_up(
    as_role: Callable[[str], Sql], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.sequencer.BATCH", 10)
    superuser = as_role("postgres")
    act()
    for _ in range(50):
        _forge(superuser)
    last = act("s2")

    seal()

    assert Rejected.objects.count() == 50
    assert proofs.proof_of_event(last) is not None


@pytest.mark.usefixtures("committed_db")
def test_a_sequencer_with_another_key_sets_nothing_aside() -> None:
    first = act("s1")
    with sequencing(mac_key=bytes(32)) as stranger, pytest.raises(SequencerStopped, match="none of the first"):
        sealing.seal_all(stranger)
    seal()
    second = act("s2")
    with sequencing(mac_key=bytes(32)) as stranger, pytest.raises(SequencerStopped, match="newest sealed events"):
        stranger.seal()

    assert not Rejected.objects.exists()
    seal()
    assert set(proofs.indices([first, second])) == {first, second}


def test_what_is_good_by_now_is_taken_in_at_the_end(as_role: Callable[[str], Sql]) -> None:
    act("s1")
    wronged, last = act("s2"), act("s3")
    forged = _forge(superuser := as_role("postgres"))
    superuser(BEHIND_TRIGGERS)
    superuser("UPDATE audit_event SET mac = %s WHERE id = %s", bytes(32), wronged)
    seal()
    with sequencing() as one:
        superuser("UPDATE audit_event SET mac = %s WHERE id = %s", mac(_leaf(wronged), one.mac_key), wronged)
        assert one.seal() == 0
        # Signed, and then the database was away: the next call owes the same.
        with pytest.raises(psycopg.DatabaseError), mock.patch("audit.sequencer_sql.write", side_effect=_away):
            one.take_in()
        with pytest.raises(SequencerStopped):
            one.seal()
        assert one.take_in() == 1
        assert one.take_in() == 0

    assert proofs.proof_of_event(forged) is None
    assert proofs.indices([wronged])[wronged][1] > proofs.indices([last])[last][1]
    after = act("s4")
    seal()
    assert proofs.indices([after])[after][1] == proofs.indices([wronged])[wronged][1] + 1
    assert list(Rejected.objects.values_list("source", flat=True).order_by("source")) == sorted([wronged, forged])
    with connection.cursor() as cursor:
        cursor.execute(STILL_ASIDE)
        assert [source for source, _ in cursor.fetchall()] == [forged]


def _away(*_: object) -> None:
    raise psycopg.OperationalError("away")


def _leaf(event: UUID) -> bytes:
    return Event.objects.get(id=event).leaf.encode()


def _forge(superuser: Sql) -> UUID:
    """An event with all its columns right, made from a real one without the key."""
    row = Event.objects.filter(act="circle.read").first()
    assert row
    identifier = uuid7()
    said = json.loads(row.leaf) | {"id": str(identifier), "wn": 900_000 + Event.objects.count()}
    leaf = json.dumps(said, sort_keys=True, separators=(",", ":"))
    superuser(
        'INSERT INTO audit_event (id, leaf, mac, w, wn, t, act, "out", who, ses, org, pat, cir) '
        'SELECT %s, %s, mac, w, %s, t, act, "out", who, ses, org, pat, cir FROM audit_event WHERE id = %s',
        *(identifier, leaf, said["wn"], row.id),
    )
    return identifier
