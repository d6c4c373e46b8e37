"""What the trail keeps. Only `audit_append` writes events; nobody changes them: migration 0002 sees to it.

Used by `audit.selectors` to read; other rooms may point at an event (`models.ForeignKey("audit.Event", …)`) and at
nothing else here.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now


class TransactionId(models.BigIntegerField):  # type: ignore[type-arg]  # generic for mypy only
    """PostgreSQL's xid8: never reused, ordered by when the transaction began to write."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: str | int, expression: object, connection: object) -> int:
        return int(value)


class Writer(models.Model):
    """One database connection that writes events, and how many it has written.

    `closed` when the connection has been found ended.
    """

    id = models.BigAutoField(primary_key=True)
    n = models.BigIntegerField(default=0)
    backend = models.IntegerField()  # the process of PostgreSQL that serves the connection
    opened = models.DateTimeField(db_default=Now())
    closed = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("id",), condition=models.Q(closed=None), name="audit_writer_open_ones"),)


class Event(models.Model):
    """`leaf` is the event as it is hashed; the columns below are what `audit_append` read in it, so they agree."""

    id = models.UUIDField(primary_key=True)
    leaf = models.TextField()
    mac = models.BinaryField(max_length=32)
    xid = TransactionId(db_default=models.Func(function="pg_current_xact_id"))
    w = models.BigIntegerField()
    wn = models.BigIntegerField()
    t = models.DateTimeField()
    act = models.TextField()
    out = models.SmallIntegerField()
    err = models.TextField(null=True)
    who = models.UUIDField(null=True)
    on = models.UUIDField(null=True)
    dev = models.UUIDField(null=True)
    ses = models.TextField(null=True)
    org = models.UUIDField(null=True)
    pat = models.UUIDField(null=True)
    cir = models.UUIDField(null=True)
    obj = models.TextField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("w", "wn"), name="audit_event_once"),
            # A writer begins by saying so, and says so once.
            models.CheckConstraint(
                condition=models.Q(act="writer.open", wn=1) | (~models.Q(act="writer.open") & models.Q(wn__gt=1)),
                name="audit_event_opened",
            ),
        )
        indexes = (
            # The sequencer's order, and the question "what did this transaction write?".
            models.Index(fields=("xid", "id"), name="audit_event_order"),
            models.Index(fields=("who", "id"), condition=models.Q(who__isnull=False), name="audit_event_who"),
            models.Index(fields=("pat", "id"), condition=models.Q(pat__isnull=False), name="audit_event_pat"),
            models.Index(fields=("cir", "id"), condition=models.Q(cir__isnull=False), name="audit_event_cir"),
        )


class Pseudonym(models.Model):
    """The random name of a person, a patient or a circle in the log. Without this row the log speaks of nobody.

    `event` is the `subject.bind` that names the pseudonym and, in `det`, a commitment to this row made with `salt`:
    two persons cannot be swapped afterwards.
    """

    class Kind(models.TextChoices):
        PERSON = "Person"
        PATIENT = "Patient"
        CIRCLE = "Circle"

    pseudonym = models.UUIDField(primary_key=True)
    kind = models.TextField(choices=Kind.choices)
    subject = models.UUIDField()
    salt = models.BinaryField(max_length=32)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "subject"), name="audit_pseudonym_once"),)


class Detail(models.Model):
    """What an event says in words, sealed; its leaf commits to it under `key`. May be erased, never rewritten."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="details")
    key = models.TextField(choices=(("det", "structured detail"), ("rsn", "reason in words")))
    version = models.IntegerField()  # of the key in AUDIT_DETAIL_KEYS
    sealed = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("event", "key"), name="audit_detail_once"),)
