"""The programs of organisations, what they have sent, and every state that a care team has had.

Written by `circles.careteam.services` and by triggers (migration "careteam"); named in `circles.models` so that Django
finds them. What was sent names patients and their families: it is sealed (`circles.careteam.sealing`).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from oauth2_provider.models import AbstractApplication
from uuid_utils.compat import uuid7


class System(AbstractApplication):
    """A program that acts for an organisation with client credentials. Its proposals reach `coordinator` when they name
    nobody of the organisation.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)  # type: ignore[assignment]  # not a count
    organization = models.ForeignKey("directory.Organization", on_delete=models.PROTECT, related_name="systems")
    coordinator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)

    def is_usable(self, request: object) -> bool:
        """Asked by the token endpoint: an ended system gets no more tokens."""
        return self.ended is None


class Sealed(models.Model):
    """FHIR as it came, readable with a key that is not in the database; `identifier_index` finds it by its number."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    key_version = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()
    identifier_index = models.BinaryField(max_length=32, null=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class Supplied(Sealed):
    """A patient, a relative or a structure that a system has sent for its proposals; nobody else is shown it."""

    class Type(models.TextChoices):
        PATIENT = "Patient"
        RELATED_PERSON = "RelatedPerson"
        ORGANIZATION = "Organization"

    type = models.CharField(max_length=16, choices=Type)
    organization = models.ForeignKey("directory.Organization", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    updated = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=("organization", "identifier_index"), name="circles_supplied_ident"),)


class CareTeamContent(Sealed):
    """What a system said of a team: its name, its identifiers, the family; who is a member, the circle's tables say."""

    team = models.UUIDField()

    class Meta:
        indexes = (models.Index(fields=("identifier_index",), name="circles_careteam_ident"),)


class CareTeamVersion(models.Model):
    """A care team from one change to the next. `team` is the circle's id, before it is opened the proposal's.

    `facts` is what the circle's tables said (ids and times, no name), empty while the team is proposed. Later versions
    are written by triggers on those tables, so that no change is without one.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed"
        ACTIVE = "active"
        INACTIVE = "inactive"

    id = models.BigAutoField(primary_key=True)
    team = models.UUIDField()
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    status = models.CharField(max_length=8, choices=Status)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    facts: models.JSONField[Any, Any] = models.JSONField(null=True)
    content = models.ForeignKey(CareTeamContent, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("team", "version"), name="circles_careteam_version_once"),
            models.UniqueConstraint(fields=("team",), condition=Q(until=None), name="circles_careteam_one_present"),
        )
        indexes = (models.Index(fields=("-at", "team"), condition=Q(until=None), name="circles_careteam_newest"),)


class Proposal(models.Model):
    """What a system wishes and a coordinator decides: that a circle opens, that somebody is invited, that it closes."""

    class Kind(models.TextChoices):
        OPEN = "open"
        MEMBER = "member"
        CLOSE = "close"

    class Outcome(models.TextChoices):
        DONE = "done"
        DISMISSED = "dismissed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    team = models.UUIDField(db_index=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey("directory.Organization", on_delete=models.PROTECT, related_name="+")
    # Who may open it; anything about an open circle goes to its coordinators.
    to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Supplied, null=True, on_delete=models.PROTECT, related_name="+")
    practitioner_role = models.ForeignKey(
        "directory.PractitionerRole", null=True, on_delete=models.PROTECT, related_name="+"
    )
    not_after = models.DateTimeField(null=True)
    created = models.DateTimeField(default=timezone.now)
    settled = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)

    class Meta:
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                name="circles_proposal_complete",
                condition=Q(kind="open", to__isnull=False, practitioner_role=None)
                | Q(kind="member", practitioner_role__isnull=False, patient=None)
                | Q(kind="close", practitioner_role=None, patient=None),
            ),
            models.CheckConstraint(
                name="circles_proposal_outcome",
                condition=Q(settled=None, outcome="") | Q(Q(settled__isnull=False), ~Q(outcome="")),
            ),
            # Sent twice is one proposal.
            models.UniqueConstraint(
                fields=("team", "practitioner_role"),
                condition=Q(settled=None, kind="member"),
                name="circles_proposal_member_once",
            ),
            models.UniqueConstraint(
                fields=("team", "kind"),
                condition=Q(settled=None) & ~Q(kind="member"),
                name="circles_proposal_kind_once",
            ),
        )
        indexes = (
            models.Index(fields=("to",), condition=Q(settled=None), name="circles_proposal_mine"),
            models.Index(fields=("organization",), condition=Q(kind="open"), name="circles_proposal_own"),
        )
