"""Exports of the log that officers have asked for: what, how far, until when they may be fetched."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7


class Export(models.Model):
    """One asked-for export. Its file is in CORDEE_EXPORTS_DIR (`compliance.exports.store`) while it is ready.

    `claimed` is until when a round works on it; then another may take it up where it stands.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey("directory.Organization", on_delete=models.PROTECT, related_name="+")
    event = models.OneToOneField(
        "audit.Event", on_delete=models.PROTECT, related_name="+"
    )  # its reason is sealed there
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked = models.DateTimeField(default=timezone.now)
    filters = models.JSONField()  # of `compliance.filters.TrailFilter`
    formats = ArrayField(models.TextField())
    state = models.TextField(choices=State.choices, default=State.WAITING)
    claimed = models.DateTimeField(null=True)
    percent = models.PositiveSmallIntegerField(default=0)
    events = models.BigIntegerField(null=True)  # how many it holds
    size = models.BigIntegerField(null=True)  # of the file, bytes
    expires = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("organization", "-asked"), name="compliance_export_of"),
            models.Index(fields=("state", "asked"), name="compliance_export_due"),
        )
