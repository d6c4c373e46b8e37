"""The network around circles: who is in contact with whom. Part of `circles.models`, which Django reads.

Written by `circles.services.contacts`; read by `circles.contacts`.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from uuid_utils.compat import uuid7

from circles.schemas_network import MESSAGE_LENGTH


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
