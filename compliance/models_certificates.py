"""Certificates "who was entitled to read", kept until they are fetched."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7


class Certificate(models.Model):
    """A certificate "who was entitled to read", for as long as it may be fetched. `document` is its JSON, deflated.

    It holds nothing that the database has not in clear elsewhere; names only of people whom the officer had resolved.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey("directory.Organization", on_delete=models.PROTECT, related_name="+")
    circle = models.ForeignKey("circles.Circle", on_delete=models.PROTECT, related_name="+")
    message = models.UUIDField(null=True)  # None: of a period
    since = models.DateTimeField()  # when the message was stored, or the period begins
    until = models.DateTimeField(null=True)
    people = models.PositiveIntegerField()
    named = models.BooleanField()
    made = models.DateTimeField(default=timezone.now, db_index=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    document = models.BinaryField()
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
