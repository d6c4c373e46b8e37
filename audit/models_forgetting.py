"""What may be forgotten of the log, and what forbids it: the keys of words, and legal holds.

Changed by `audit.forgetting`, `audit.rotation` and `compliance.services.holds` only; migration 0006 sees to it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from uuid_utils.compat import uuid7


class DataKey(models.Model):
    """The key of one subject's words, erased with the subject; without a subject, of what the server does by itself."""

    pseudonym = models.ForeignKey("audit.Pseudonym", on_delete=models.PROTECT, null=True, related_name="+")
    key_version = models.IntegerField()  # in AUDIT_DETAIL_KEYS
    sealed = models.BinaryField()

    class Meta:
        db_table = "audit_data_key"
        constraints = (
            models.UniqueConstraint(fields=("pseudonym",), nulls_distinct=False, name="audit_data_key_once"),
        )


class Hold(models.Model):
    """A legal hold: while it stands (`lifted` is null), no event that it covers is pruned, no subject of it forgotten.

    Covers every event that names one of `subjects` (pseudonyms), and those of `organization` from `since` until before
    `until`. `event` is the `audit.hold` that placed it; its reason is sealed there.
    """

    class Kind(models.TextChoices):
        PERSON = "Person"
        PATIENT = "Patient"
        CIRCLE = "Circle"
        PERIOD = "Period"

    id = models.UUIDField(primary_key=True, default=uuid7)
    organization = models.UUIDField()
    kind = models.TextField(choices=Kind.choices)
    subjects = ArrayField(models.UUIDField(), default=list)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    placed_by = models.UUIDField()
    placed = models.DateTimeField()
    lift_asked_by = models.UUIDField(null=True)
    lift_asked = models.DateTimeField(null=True)
    lifted_by = models.UUIDField(null=True)
    lifted = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="Period", since__isnull=False, until__gt=models.F("since"))
                | (~models.Q(kind="Period") & models.Q(since=None, until=None)),
                name="audit_hold_covers",
            ),
            # A second officer lifts what one has asked to lift.
            models.CheckConstraint(
                condition=models.Q(lifted=None)
                | (
                    models.Q(lifted_by__isnull=False, lift_asked_by__isnull=False)
                    & ~models.Q(lifted_by=models.F("lift_asked_by"))
                ),
                name="audit_hold_two_lift",
            ),
        )
