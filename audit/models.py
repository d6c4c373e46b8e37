"""What the trail keeps. Only `audit_append` writes events; nobody changes them: migration 0002 sees to it.

Below them the logs in which events, and people's key events, get their place: written by the sequencer alone (0004).
Used by `audit.selectors` to read; other rooms may point at an event (`models.ForeignKey("audit.Event", …)`) and at
nothing else here.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from audit.models_forgetting import DataKey, Hold

__all__ = [
    "Cosignature",
    "DataKey",
    "Detail",
    "Event",
    "Hold",
    "KeyLeaf",
    "Leaf",
    "Log",
    "LogKey",
    "Pseudonym",
    "Rejected",
    "SignedCheckpoint",
    "Tile",
    "TransactionId",
    "Writer",
]


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
    """`leaf` is the event as it is hashed; the columns below are what `audit_append` read in it, so they agree.

    Of a pruned event `leaf` and `mac` are empty; its id, writer, time, act and outcome stay, and its hash in the tree.
    """

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
            # What else an officer looks for (docs/decisions/0016). Ids are by time: each gives its newest first.
            models.Index(fields=("act", "id"), name="audit_event_act"),
            models.Index(fields=("id",), condition=~models.Q(out=0), name="audit_event_refused"),
            models.Index(fields=("on", "id"), condition=models.Q(on__isnull=False), name="audit_event_on"),
            models.Index(fields=("org", "id"), condition=models.Q(org__isnull=False), name="audit_event_org"),
            models.Index(fields=("dev", "id"), condition=models.Q(dev__isnull=False), name="audit_event_dev"),
            models.Index(fields=("ses", "id"), condition=models.Q(ses__isnull=False), name="audit_event_ses"),
            models.Index(fields=("obj", "id"), condition=models.Q(obj__isnull=False), name="audit_event_obj"),
            # Counting a period reads this instead of the leaves.
            models.Index(
                fields=("id",), include=("t", "act", "out", "org", "cir", "who", "obj"), name="audit_event_counted"
            ),
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
    sealed = models.BinaryField()  # under the keys of the subjects that the event names

    class Meta:
        constraints = (models.UniqueConstraint(fields=("event", "key"), name="audit_detail_once"),)


class KeyLeaf(models.Model):
    """One event of a person's keys (`chat.key_events`) as it goes into the key log: the source of that log.

    `mac` as for events: who can write into the database but holds no key cannot have one sealed.
    """

    id = models.UUIDField(primary_key=True)
    subject = models.UUIDField()
    seq = models.IntegerField()
    leaf = models.TextField()
    mac = models.BinaryField(max_length=32)
    xid = TransactionId(db_default=models.Func(function="pg_current_xact_id"))

    class Meta:
        constraints = (models.UniqueConstraint(fields=("subject", "seq"), name="audit_keyleaf_once"),)
        indexes = (models.Index(fields=("xid", "id"), name="audit_keyleaf_order"),)


class Log(models.Model):
    """One tree. The newest of a kind is open; acts have one for each year, keys one for ever."""

    class Kind(models.TextChoices):
        ACTS = "acts"
        KEYS = "keys"

    id = models.SmallAutoField(primary_key=True)
    origin = models.TextField(unique=True)  # `cordee.example/audit/2026`: the first line of each checkpoint
    kind = models.TextField(choices=Kind.choices)
    opened = models.DateTimeField(db_default=Now())
    closed = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind",), condition=models.Q(closed=None), name="audit_log_one_open"),
        )


class LogKey(models.Model):
    """A key that signs a log, from the tree of `since` leaves on. `note`: its predecessor's last, which names it."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="keys")
    vkey = models.TextField()
    since = models.BigIntegerField()
    note = models.TextField(null=True)
    at = models.DateTimeField(db_default=Now())


class Leaf(models.Model):
    """Place `i` of a log: the leaf's hash, and which event or key event it is of. Stays when the event is pruned."""

    pk = models.CompositePrimaryKey("log_id", "i")
    # Not looked up for each leaf: no log is ever removed.
    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    i = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    event = models.UUIDField(null=True, unique=True)
    key_leaf = models.UUIDField(null=True, unique=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(event=None, key_leaf__isnull=False) | models.Q(event__isnull=False, key_leaf=None),
                name="audit_leaf_of_one",
            ),
        )


class Tile(models.Model):
    """256 hashes, or as many as there are yet (`audit.tiles`). Only grows."""

    pk = models.CompositePrimaryKey("log_id", "level", "n")
    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.SmallIntegerField()
    n = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192)


class SignedCheckpoint(models.Model):
    """What the log has signed. `xid` and `upto` are the last event in it: the next batch begins after them."""

    pk = models.CompositePrimaryKey("log_id", "size")
    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="+", db_index=False)
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    at = models.DateTimeField(db_default=Now())
    xid = TransactionId()
    upto = models.UUIDField()


class Cosignature(models.Model):
    """A witness's line for a signed checkpoint: it goes below the log's own signature."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="+", db_index=False)
    size = models.BigIntegerField()
    witness = models.TextField()
    line = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=("log", "size", "witness"), name="audit_cosignature_once"),)


class Rejected(models.Model):
    """An event, or key event, that is not as the application wrote it: it gets no place in any log.

    `reason`: `mac` (nobody with the key wrote it), `columns` (what is searched is not what was said), `form`.
    """

    source = models.UUIDField(primary_key=True)
    kind = models.TextField(choices=Log.Kind.choices)
    reason = models.TextField()
    at = models.DateTimeField(db_default=Now())
