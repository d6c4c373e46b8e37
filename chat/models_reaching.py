"""Who has to be reached beyond an open page: what waits for people, the browsers that may be woken, what they prefer.
Part of `chat.models`, which Django reads.

Nothing here says what was written. Rows of `Waiting` go when the person has read; the trail keeps the acts.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class PushSubscription(models.Model):
    """A device's address at its browser's push service, with the keys that only this browser has (RFC 8291)."""

    device = models.OneToOneField("chat.Device", primary_key=True, on_delete=models.PROTECT, related_name="+")
    endpoint = models.CharField(max_length=1024, unique=True)
    p256dh = models.BinaryField(max_length=65)
    auth = models.BinaryField(max_length=16)
    created = models.DateTimeField(default=timezone.now)
    pushed = models.DateTimeField(null=True)
    # Somebody is sending to it, or its service asked for patience.
    paused = models.DateTimeField(null=True)


class Waiting(models.Model):
    """That something was written in a circle and this person has not read there since."""

    group = models.ForeignKey("chat.Group", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    seq = models.BigIntegerField()
    urgent = models.BooleanField()
    pushed = models.DateTimeField(null=True)
    mailed = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "group"), name="chat_waiting_once"),)
        indexes = (
            models.Index(fields=("since",), condition=Q(pushed=None, mailed=None), name="chat_waiting_unreached"),
        )


class FollowedUntil(models.Model):
    """Up to which moment the logs have been looked through for `Waiting`. One row."""

    until = models.DateTimeField()


class Preference(models.Model):
    """How a person wants to be reached; who has no row has the defaults. Urgent messages know no quiet hours."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.PROTECT, related_name="+")
    mail = models.BooleanField(default=True)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    zone = models.CharField(max_length=64, default="Europe/Paris")
    mailed = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="chat_preference_quiet_both",
                condition=Q(quiet_from=None, quiet_to=None) | Q(quiet_from__isnull=False, quiet_to__isnull=False),
            ),
        )
