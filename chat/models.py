"""What the delivery service keeps: devices, each circle's public MLS state, its ordered log, and what it cannot read.

Written by the services of rare acts (`commits`, `erasures`, `grants`, `devices`, …) and by `store` (messages, many
circles in one transaction).
Lock order everywhere: the circle (`circles`), then its `Group` row; several groups in id order.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from chat.models_reaching import FollowedUntil, Preference, PushSubscription, Waiting

__all__ = [
    "Attestation",
    "Change",
    "Cursor",
    "Device",
    "DeviceCertificate",
    "EndOrder",
    "EpochKey",
    "File",
    "FollowedUntil",
    "Group",
    "Horizon",
    "Item",
    "KeyEvent",
    "Leaf",
    "Opening",
    "Preference",
    "PushSubscription",
    "Reminder",
    "Report",
    "RestoreOrder",
    "Seen",
    "Vault",
    "VaultWrapper",
    "Waiting",
]


class Device(models.Model):
    """One browser profile or phone of a person: one leaf in each of the person's circles. The id is the browser's
    own.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=80)
    key = models.BinaryField(max_length=32, unique=True)
    certificate = models.BinaryField(max_length=1024)
    created = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("user",), condition=models.Q(ended=None), name="chat_device_active"),)


class DeviceCertificate(models.Model):
    """Every certificate that a device ever had: a rotated identity certifies anew, and old signatures stay valid."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="certificates")
    raw = models.BinaryField(max_length=1024)
    added = models.DateTimeField(default=timezone.now)


class Group(models.Model):
    """The public MLS state of a circle and the head of its log. The row that every write to a circle locks."""

    circle = models.OneToOneField("circles.Circle", primary_key=True, on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField(default=0)
    log_hash = models.BinaryField(max_length=32)
    epoch = models.BigIntegerField(default=0)
    # An ended person still has a leaf: nothing may be sent until a member's device has committed the removal.
    rekey_required = models.BooleanField(default=False)
    # Moves when somebody's rights in the circle change; a connection that knows an older one asks the gate again.
    rights_version = models.BigIntegerField(default=1)
    state = models.BinaryField()
    external_pub = models.BinaryField()
    group_info_sig = models.BinaryField()
    signer_leaf = models.IntegerField()
    # Of the organisation whose registrars may restore a coordinator here; change 0 pins it.
    steward = models.BinaryField(max_length=32, null=True, db_index=True)


class Opening(models.Model):
    """The group at epoch 0 as its creator showed it. With it and the log's commits every later epoch can be computed
    again, by anybody: what "who could read" is certified from. PostgreSQL refuses every change.
    """

    group = models.OneToOneField(Group, primary_key=True, on_delete=models.PROTECT, related_name="opening")
    group_info = models.BinaryField()
    tree = models.BinaryField()
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")  # of the same transaction


class Leaf(models.Model):
    """The roster of the current epoch: derived from `Group.state`, kept as rows so that `store` can join on it."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="leaves")
    index = models.IntegerField()
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="leaves")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("group", "index"), name="chat_leaf_index"),
            models.UniqueConstraint(fields=("group", "device"), name="chat_leaf_device"),
        )


class Change(models.Model):
    """One link of a circle's policy chain, exactly the bytes that were signed."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="changes")
    n = models.IntegerField()
    raw = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("group", "n"), name="chat_change_n"),)


class Item(models.Model):
    """One place in a circle's log: an envelope, a commit or a history grant. Never changed; an erased message loses
    `body`, keeps `digest`.
    """

    class Kind(models.IntegerChoices):
        MESSAGE = 1
        COMMIT = 2
        GRANT = 3

    pk = models.CompositePrimaryKey("group_id", "seq")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="items")
    seq = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=Kind.choices)
    at = models.DateTimeField()
    epoch = models.BigIntegerField()  # of its place in the log; of a commit, the epoch that it makes
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    message_id = models.UUIDField(null=True)  # of a grant, the grant's own; null for commits
    body = models.BinaryField(null=True)
    digest = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)  # of the log up to here
    # What a reminder has to know of an urgent message and of what answers it; the answer itself is encrypted.
    urgent = models.BooleanField(db_default=False)
    answers = models.UUIDField(null=True)
    takes = models.BooleanField(db_default=False)
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")  # of the same transaction

    class Meta:
        constraints = (models.UniqueConstraint(fields=("message_id",), name="chat_item_message_id"),)
        indexes = (
            models.Index(fields=("group", "epoch"), condition=models.Q(kind=2), name="chat_item_commit"),
            models.Index(fields=("at",), condition=models.Q(urgent=True), name="chat_item_urgent"),
            BrinIndex(fields=("at",), name="chat_item_at"),
            models.Index(fields=("answers",), condition=models.Q(answers__isnull=False), name="chat_item_answers"),
        )


class Reminder(models.Model):
    """What was done about an urgent message that not everybody had confirmed in time."""

    message = models.UUIDField(primary_key=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="reminders")
    sent = models.DateTimeField(null=True)
    escalated = models.DateTimeField(null=True)
    # Confirmed by all, taken by somebody, or erased: nothing more is due.
    settled = models.DateTimeField(null=True)


class Horizon(models.Model):
    """Where the log begins for a person: the place before the commit by which the membership began, or before what a
    history grant gave. None after an identity reset, until a device of the new identity joins.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("group", "user"), name="chat_horizon_once"),)


class EpochKey(models.Model):
    """A content key sealed to a person's history key: by whoever made the epoch, or by whoever granted it. The server
    cannot open it.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    epoch = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField(max_length=80)
    grant = models.UUIDField(null=True)  # the grant that gave it, by its id
    repaired = models.BooleanField(default=False)  # by the person's own session, beside the maker's

    class Meta:
        # Neither a grant nor a repair, which a session without a device may ask for, takes the place of what the
        # epoch's own maker gave.
        constraints = (
            models.UniqueConstraint(
                fields=("user", "group", "epoch", "grant", "repaired"), nulls_distinct=False, name="chat_epochkey_once"
            ),
        )


class Cursor(models.Model):
    """How far a device got in a circle: delivered as the server saw it, read as the reader signed it."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="cursors")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    delivered = models.BigIntegerField(default=0)
    receipt = models.BinaryField(null=True)
    read_at = models.DateTimeField(null=True)  # when the receipt came

    class Meta:
        constraints = (models.UniqueConstraint(fields=("group", "device"), name="chat_cursor_once"),)


class Seen(models.Model):
    """The latest epoch that a device says, signed, to have processed."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    epoch = models.BigIntegerField()
    statement = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("group", "device"), name="chat_seen_once"),)


class Report(models.Model):
    """That a device could not process a commit of the log, signed, with the client's own code for why."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    epoch = models.BigIntegerField()  # that the commit made
    reason = models.CharField(max_length=40)
    statement = models.BinaryField()
    received = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("group", "epoch", "device"), name="chat_report_once"),)


class Vault(models.Model):
    """A person's sealed secrets. No password opens it, and the server holds no share. `key` numbers the vault key."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.PROTECT, related_name="+")
    generation = models.BigIntegerField()
    key = models.BigIntegerField()
    sealed = models.BinaryField(max_length=256 * 1024)
    head_sig = models.BinaryField(max_length=64)


class VaultWrapper(models.Model):
    """The vault key wrapped for one unlocker: `recovery`, `passkey:<credential>`, or `device:<id>`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    vault = models.ForeignKey(Vault, on_delete=models.PROTECT, related_name="wrappers")
    unlocker = models.CharField(max_length=1372)  # a credential id has at most 1023 bytes (WebAuthn §4)
    blob = models.BinaryField(max_length=80)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("vault", "unlocker"), name="chat_vaultwrapper_once"),)


class KeyEvent(models.Model):
    """One link of what happened to a person's keys and devices, exactly as signed. PostgreSQL refuses every change."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seq = models.IntegerField()
    raw = models.BinaryField(max_length=1024)
    added = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "seq"), name="chat_keyevent_once"),)


class EndOrder(models.Model):
    """The server's signed word that a person, or one device, is out: any member's device may commit the removal."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="end_orders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=12)
    raw = models.BinaryField(max_length=1024)
    carried_out = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("group", "user", "device"),
                condition=models.Q(carried_out=None),
                nulls_distinct=False,
                name="chat_endorder_one_open",
            ),
        )


class RestoreOrder(models.Model):
    """A registrar's signed word that a member of a circle without a coordinator becomes one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="restore_orders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raw = models.BinaryField(max_length=1024)
    carried_out = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("group", "user"), condition=models.Q(carried_out=None), name="chat_restoreorder_one_open"
            ),
        )


class Attestation(models.Model):
    """An organisation's word that an identity key is this person's; the newest of each organisation."""

    organization = models.ForeignKey("directory.Organization", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    identity = models.BinaryField(max_length=32)
    raw = models.BinaryField(max_length=2048)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "user"), name="chat_attestation_newest"),)


class File(models.Model):
    """An attachment: ciphertext in the folder of `file_store`. Which message it belongs to is inside that message."""

    id = models.UUIDField(primary_key=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now)
    # Its bytes are to go: at once, or with the next `purge_files`. Then the row goes too.
    erased = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("author", "created"), name="chat_file_author"),)
