"""Of whom the log speaks: random names bound under commitment, words sealed beside it, nothing readable in it."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Callable
from typing import LiteralString
from uuid import uuid4

import pytest
from nacl.exceptions import CryptoError
from psycopg import errors as pg
from pytest_django import Settings
from uuid_utils.compat import uuid7

from audit.details import open_detail
from audit.models import DataKey, Detail, Event, Pseudonym
from audit.services import record_refusal
from audit.subjects import Subject, binding_commitment
from tests.integration.conftest import Sql
from tests.trail import CIRCLE, NURSE, PATIENT, act


@pytest.mark.usefixtures("committed_db")
def test_a_subject_stands_under_one_random_name_and_its_binding_is_logged() -> None:
    act("a")
    act("b")

    assert {(row.kind, row.subject) for row in Pseudonym.objects.all()} == {
        ("Person", NURSE.user_id),
        ("Circle", CIRCLE),
        ("Patient", PATIENT),
    }
    for row in Pseudonym.objects.select_related("event"):
        said = json.loads(row.event.leaf)
        det = binding_commitment(Subject(row.kind, row.subject), row.pseudonym, bytes(row.salt))
        of_another = binding_commitment(Subject(row.kind, uuid7()), row.pseudonym, bytes(row.salt))
        assert (said["act"], said["obj"]) == ("subject.bind", f"{row.kind}/{row.pseudonym}")
        assert said["det"] == b64encode(det).decode() != b64encode(of_another).decode()
        assert row.pseudonym.version == 4


def test_a_name_without_its_event_is_refused_at_commit(as_role: Callable[[str], Sql]) -> None:
    insert: LiteralString = """
        INSERT INTO audit_pseudonym (pseudonym, kind, subject, salt, event_id) VALUES (%s, 'Person', %s, %s, %s)"""
    with pytest.raises(pg.ForeignKeyViolation):
        as_role("app")(insert, uuid4(), uuid7(), bytes(32), uuid7())


@pytest.mark.usefixtures("committed_db")
def test_words_are_sealed_and_the_leaf_commits_to_them() -> None:
    event = Event.objects.get(id=act(reason="chute dans la nuit", detail={"ground": "same_structure"}))

    said = json.loads(event.leaf)
    opened = {detail.key: open_detail(detail) for detail in Detail.objects.all()}
    assert {key: json.loads(content) for key, (content, _) in opened.items()} == {
        "rsn": "chute dans la nuit",
        "det": {"ground": "same_structure"},
    }
    for key, (_, commitment) in opened.items():
        assert said[key] == b64encode(commitment).decode()


@pytest.mark.usefixtures("committed_db")
def test_words_cannot_be_shown_under_another_event() -> None:
    first, second = act("a", reason="one"), act("b", reason="two")
    moved = Detail.objects.get(event_id=first)
    moved.event_id = second

    with pytest.raises(CryptoError):
        open_detail(moved)


@pytest.mark.usefixtures("committed_db")
def test_the_highest_version_seals_new_keys_and_all_of_them_open(settings: Settings) -> None:
    act("a", reason="old")
    settings.AUDIT_DETAIL_KEYS = settings.AUDIT_DETAIL_KEYS | {2: os.urandom(32)}
    act("b", circle=uuid7(), reason="new")

    assert [json.loads(open_detail(each)[0]) for each in Detail.objects.order_by("id")] == ["old", "new"]
    assert list(DataKey.objects.order_by("id").values_list("key_version", flat=True)) == [1, 1, 1, 2]


def test_nothing_readable_is_in_the_tables_of_the_log(as_role: Callable[[str], Sql]) -> None:
    said = {"name": "Vaillant", "mail": "sandrine@cabinet.example", "ins": "255069999999934", "rpps": "10101234567"}
    act(reason="chute dans la nuit", detail=said)
    record_refusal("circle.read", actor=NURSE, status=404, code="not_found")

    everything: list[LiteralString] = ["audit_event", "audit_detail", "audit_pseudonym", "audit_writer"]
    dump = b"".join(bytes(_flat(as_role("postgres")("SELECT * FROM " + table))) for table in everything)
    leaves = str(as_role("postgres")("SELECT leaf FROM audit_event"))
    assert [each for each in (*said.values(), "chute dans la nuit") if each.encode() in dump] == []
    assert [each for each in (NURSE.user_id, CIRCLE, PATIENT) if str(each) in leaves] == []


def _flat(rows: list[tuple[object, ...]]) -> bytes:
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)
