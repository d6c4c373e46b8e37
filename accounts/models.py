"""The people who sign in, and the public keys that stand for them.

Used by everybody who points at a person (`settings.AUTH_USER_MODEL`); relies on nothing but Django.
A user has no name here: names come from the directory (`circles.Professional` joins the two), so that an account tells
nothing about who is behind it except an e-mail address.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from uuid_utils.compat import uuid7

# 254 octets is the longest address that SMTP can carry (RFC 5321, erratum 1690).
EMAIL_LENGTH = 254
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64


class UserManager(BaseUserManager["User"]):
    """Reads only: users are made by `accounts.services.create_user`."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person who may sign in. There is no superuser and no staff: rights are given per circle and organisation.

    Without an address the account is *reserved*: its id stands for somebody who was invited, nobody can sign in to it,
    and whoever holds the link of the invitation may claim it (`accounts.services`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=EMAIL_LENGTH, unique=True, null=True)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(default=timezone.now, editable=False)
    # guardian asks a user for its groups and whether it is above all rights; nobody is.
    groups = models.ManyToManyField(Group, related_name="user_set", related_query_name="user", blank=True)
    is_superuser: ClassVar[bool] = False

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(email=Lower("email")), name="accounts_user_email_lower"),)

    def __str__(self) -> str:
        # Ends up in logs and error pages: the opaque id, never the address.
        return str(self.id)


class IdentityKey(models.Model):
    """A person's public keys: Ed25519 to sign devices, X25519 to receive history (docs/protocol.md).

    One is active per user; an ended one stays, because certificates it signed must remain verifiable. `rotation` is
    what both keys signed when the next took its place; a reset has none, and each circle confirms it by hand.
    """

    class End(models.TextChoices):
        ROTATED = "rotated"
        RESET = "reset"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="identity_keys")
    identity_key = models.BinaryField(max_length=PUBLIC_KEY_BYTES)
    history_key = models.BinaryField(max_length=PUBLIC_KEY_BYTES)
    history_sig = models.BinaryField(max_length=SIGNATURE_BYTES)
    started = models.DateTimeField(default=timezone.now)
    ended = models.DateTimeField(null=True)
    end = models.CharField(max_length=8, choices=End, blank=True)
    rotation = models.BinaryField(max_length=1024, null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="accounts_identity_end",
                condition=Q(ended=None, end="", rotation=None)
                | Q(ended__isnull=False, end="rotated", rotation__isnull=False)
                | Q(ended__isnull=False, end="reset", rotation=None),
            ),
            models.UniqueConstraint(fields=("user",), condition=Q(ended=None), name="accounts_one_active_identity"),
            # One key never stands for two people.
            models.UniqueConstraint(fields=("identity_key",), name="accounts_identity_key_unique"),
        )

    def __str__(self) -> str:
        return str(self.id)


class Letter(models.Model):
    """A letter of ours on its way (`accounts.letters`). `sealed` holds address, language and parameters, and is empty
    once nothing more will happen.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        REFUSED = "refused"  # the mail server knows no such address
        GIVEN_UP = "given_up"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    template = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    sealed = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    settled = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("due",), condition=Q(state="waiting"), name="accounts_letters_due"),)
        constraints = (
            models.CheckConstraint(
                name="accounts_letter_settled_is_empty",
                condition=Q(~Q(sealed=""), state="waiting", settled=None)
                | Q(~Q(state="waiting"), sealed="", settled__isnull=False),
            ),
        )
