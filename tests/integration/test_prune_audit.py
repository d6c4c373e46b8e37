"""Pruning takes the text of what is past its time and nothing else: hashes, places and proofs stay; holds stop it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from psycopg import errors as pg

from audit import inspection, proofs, verify
from audit.details import open_detail
from audit.events import SYSTEM
from audit.forgetting import forget
from audit.merkle import verify_inclusion
from audit.models import Detail, Event, Leaf, Pseudonym
from audit.note import Checkpoint, split
from audit.services import record
from audit.subjects import Subject
from circles.models import Retention
from compliance import pruning
from tests import factories
from tests.database import Cluster
from tests.integration.conftest import Sql
from tests.integration.test_export_audit import exported, verified
from tests.log import seal
from tests.old_events import OldWriter
from tests.trail import CIRCLE, NURSE, PATIENT
from tests.trail_scene import a_desk

SUBJECTS = ("who", "on", "dev", "ses", "org", "pat", "cir", "obj", "err")


class Old:
    """Sealed events of three ages, of an organisation that chose nothing."""

    def __init__(self, superuser: Sql) -> None:
        self.writer = OldWriter(superuser)
        self.who, self.pat, self.cir = uuid4(), uuid4(), uuid4()
        about = {"who": self.who, "pat": self.pat, "cir": self.cir, "org": str(uuid4())}
        self.read = self.writer.write("circle.read", months=40, **about)
        self.login = self.writer.write("auth.login", months=13, who=self.who)
        self.recent = self.writer.write("circle.read", months=30, **about)
        self.last_month = self.writer.write("auth.login", months=5, who=self.who)
        seal()

    @property
    def pruned(self) -> set[UUID]:
        return set(Event.objects.filter(leaf="").values_list("id", flat=True)) & {
            *(self.read, self.login, self.recent, self.last_month)
        }


@pytest.fixture
def old(as_role: Callable[[str], Sql]) -> Old:
    return Old(as_role("postgres"))


def run(*, execute: bool = True) -> str:
    out = io.StringIO()
    call_command("prune_audit", execute=execute, stdout=out)
    return out.getvalue()


def test_a_dry_run_says_what_and_changes_nothing(old: Old) -> None:
    said = run(execute=False)
    assert "security, organisations that chose nothing" in said
    assert said.endswith("Nothing was changed. With --execute it is done.\n")
    assert old.pruned == set()


def test_what_is_past_its_class_goes_and_every_proof_stays(old: Old) -> None:
    before = {leaf.event: proofs.proof_of_event(leaf.event) for leaf in Leaf.objects.all() if leaf.event}
    run()

    assert old.pruned == {old.read, old.login}
    for event in Event.objects.filter(id__in=old.pruned):
        assert [getattr(event, each) for each in SUBJECTS] == [None] * len(SUBJECTS)
        assert (bytes(event.mac), event.act in ("circle.read", "auth.login")) == (b"", True)
    seal()  # the log goes on after it
    for leaf in Leaf.objects.filter(event__in=before):
        assert leaf.event
        earlier, now = before[leaf.event], proofs.proof_of_event(leaf.event)
        assert earlier is not None
        assert now is not None
        again = proofs.proof_of_event(leaf.event, size=earlier.size)
        assert again is not None
        assert (again.path, again.note) == (earlier.path, earlier.note)
        root = Checkpoint.read(split(now.note)[0]).root
        verify_inclusion(leaf=bytes(leaf.hash), index=now.index, size=now.size, path=now.path, root=root)


def test_it_is_in_the_log_with_its_range_and_runs_twice(old: Old) -> None:
    run()
    told = Event.objects.filter(act="audit.prune")
    assert sum(json.loads(each.leaf)["cnt"] for each in told) == Event.objects.filter(leaf="").count()
    for each in told:
        said = json.loads(open_detail(each.details.get(key="det"))[0])
        [(first, last)] = said["ranges"].values()
        assert first <= last
    assert "done" not in run()


def test_an_organisation_keeps_longer_if_it_chose_so(old: Old) -> None:
    desk = a_desk()
    kept = old.writer.write("circle.read", months=40, who=old.who, org=str(desk.organization))
    seal()
    with transaction.atomic():
        Retention.objects.create(
            organization_id=desk.organization,
            archive_days=90,
            purge_months=120,
            break_glass_months=36,
            notices_days=180,
            security_months=12,
            access_months=48,
            changed_by=desk.officer.user,
        )
        record("setting.change", actor=SYSTEM, obj=("Organization", desk.organization))
    run()
    assert Event.objects.get(id=kept).leaf != ""
    assert old.read in old.pruned


@pytest.mark.parametrize("act", ["mls.commit", "history.grant", "member.join"])
def test_who_could_read_stays_provable_while_there_is_something_to_read(old: Old, act: str) -> None:
    circle = factories.a_circle(factories.a_colleague())
    kept = old.writer.write(act, months=40, cir=Pseudonym.objects.get(kind="Circle", subject=circle.id).pseudonym)
    gone = old.writer.write(act, months=40, cir=uuid4())
    seal()
    run()
    assert Event.objects.get(id=kept).leaf != ""
    assert Event.objects.get(id=gone).leaf == ""


def test_words_go_with_their_event(old: Old) -> None:
    Detail.objects.create(event_id=old.login, key="rsn", sealed=b"sealed")
    kept = Detail.objects.create(event_id=old.last_month, key="rsn", sealed=b"sealed")
    run()
    assert [*Detail.objects.filter(key="rsn")] == [kept]


def test_a_run_that_was_killed_goes_on(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 1)
    first = next(pruning.prune())
    assert first.count == 1
    assert len(old.pruned) <= 1
    run()
    assert old.pruned == {old.read, old.login}


STATEMENTS: list[LiteralString] = [
    # What prune_audit does, without saying so in the log.
    "SELECT audit_prune(ARRAY(SELECT id FROM audit_event WHERE act = 'circle.read'))",
    "SELECT audit_forget((SELECT pseudonym FROM audit_pseudonym LIMIT 1))",
    "UPDATE audit_event SET leaf = '', mac = ''",
    "DELETE FROM audit_hold",
    "UPDATE audit_data_key SET pseudonym_id = NULL",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_postgresql_lets_nobody_forget_in_silence(
    old: Old, statement: LiteralString, as_role: Callable[[str], Sql]
) -> None:
    with transaction.atomic():
        record("circle.read", actor=factories.a_colleague().actor, reason="x")
    with pytest.raises((pg.InsufficientPrivilege, pg.IntegrityError)):
        as_role("app")(statement)
    assert old.pruned == set()


def test_what_is_younger_than_six_months_is_refused_whatever_the_organisation_chose(old: Old) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        record("audit.prune", actor=SYSTEM, cnt=1)
        with pytest.raises(DatabaseError, match="the log only grows"):
            cursor.execute("SELECT audit_prune(%s)", ([old.last_month],))
        transaction.set_rollback(True)
    assert old.pruned == set()


def test_the_log_is_verified_offline_and_in_the_database_before_and_after(
    old: Old, tmp_path: Path, cluster: Cluster, committed_db: str
) -> None:
    with transaction.atomic():
        record("circle.read", actor=NURSE, patient_id=PATIENT, circle_id=CIRCLE, reason="chute dans la nuit")
    seal()
    assert verified(exported(tmp_path / "before"))[0] == verify.VERIFIED
    run()
    with transaction.atomic():
        forget(Subject("Patient", PATIENT), actor=SYSTEM)
    seal()
    assert verified(exported(tmp_path / "after"))[0] == verify.VERIFIED
    with psycopg.connect(cluster.services.postgres.url("auditor", committed_db)) as auditor:
        snapshot = inspection.Snapshot(auditor, settings.AUDIT_MAC_KEY)
        assert [found for _, findings in inspection.inspect(snapshot) for found in findings] == []
