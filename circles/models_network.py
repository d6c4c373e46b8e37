"""The network around circles: who is in contact with whom, who is away. Part of `circles.models`, which Django reads.

Written by `circles.services.contacts` and `.profiles`; read by `circles.contacts`, `.absences` and `.network`.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from uuid_utils.compat import uuid7

from circles.schemas_network import AVAILABILITY_LENGTH, MESSAGE_LENGTH


class Contact(models.Model):
    """What two professionals are to each other: one row for the pair, whoever asked first."""

    class State(models.TextChoices):
        ASKED = "asked"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    # A sentence of the asker's, gone once it was answered: the server can read it.
    message = models.CharField(max_length=MESSAGE_LENGTH, blank=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(Least("asker", "asked"), Greatest("asker", "asked"), name="circles_contact_once"),
            models.CheckConstraint(condition=~Q(asker=F("asked")), name="circles_contact_of_two"),
            models.CheckConstraint(condition=Q(state="asked") | Q(message=""), name="circles_contact_message_answered"),
        )
        indexes = (models.Index(fields=("asked", "state"), name="circles_contact_asked"),)

    def __str__(self) -> str:
        return str(self.id)


class Block(models.Model):
    """That somebody does not want to be reached by somebody else, who is not told. It lies over their contact."""

    blocker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("blocker", "blocked"), name="circles_block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="circles_block_of_two"),
        )

    def __str__(self) -> str:
        return str(self.pk)


class Profile(models.Model):
    """What a professional says of themselves beside the directory; its times are those of their clock on the wall."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.PROTECT, related_name="+")
    languages = ArrayField(models.CharField(max_length=3), default=list)
    availability = models.CharField(max_length=AVAILABILITY_LENGTH, blank=True)
    # [{"day": 1 (Monday) to 7, "opens": "08:30", "closes": "12:00"}, …]
    hours = models.JSONField(default=list)
    # Both days included.
    absent_from = models.DateField(null=True)
    absent_until = models.DateField(null=True)
    replacement = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="circles_profile_absence",
                condition=Q(absent_from=None, absent_until=None, replacement=None)
                | Q(absent_from__isnull=False, absent_until__gte=F("absent_from")),
            ),
            models.CheckConstraint(condition=~Q(replacement=F("user")), name="circles_profile_replaced_by_another"),
        )

    def __str__(self) -> str:
        return str(self.pk)
