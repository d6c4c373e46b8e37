"""Requests to learn who many pseudonyms are: one officer asks, another approves. The reason lies sealed beside the
event of the asking; written by `compliance.resolving` only.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from uuid_utils.compat import uuid7


class Resolution(models.Model):
    """`event` is the act of asking; `approved` begins the time in which the one who asked may look."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey("directory.Organization", on_delete=models.PROTECT, related_name="+")
    pseudonyms = ArrayField(models.UUIDField())
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved = models.DateTimeField(null=True)
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = (models.Index(fields=("organization", "-asked"), name="compliance_resolution_newest"),)
        constraints = (
            models.CheckConstraint(
                name="compliance_resolution_four_eyes",
                condition=Q(approved=None, approved_by=None)
                | Q(Q(approved__isnull=False, approved_by__isnull=False), ~Q(approved_by=F("asked_by"))),
            ),
        )
