"""Circles, whose they are, and who is in them, was in them, or was asked to be.

Written by `circles.services` only; read by `circles.selectors`. `circles.patients` seals what `Patient` holds. Rows are
never deleted: a membership that ended stays, with its end. The tables of rights belong to the gate and are imported so
that Django finds them.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from uuid_utils.compat import uuid7

from circles.access import (
    CircleGroupObjectPermission,
    CircleUserObjectPermission,
    OrganizationGroupObjectPermission,
    OrganizationUserObjectPermission,
)
from circles.careteam.models import CareTeamContent, CareTeamVersion, Proposal, Supplied, System
from circles.models_network import Block, Contact, Profile
from circles.roles import ABILITIES, GROUNDS, ROLES
from circles.rope import COLOURS, WEAVES

__all__ = [
    "Block",
    "CareTeamContent",
    "CareTeamVersion",
    "Circle",
    "CircleGroupObjectPermission",
    "CircleUserObjectPermission",
    "Closure",
    "Consent",
    "Contact",
    "Handover",
    "Invitation",
    "JoinRequest",
    "Member",
    "Notice",
    "Opposition",
    "OrganizationGroupObjectPermission",
    "OrganizationUserObjectPermission",
    "Patient",
    "Professional",
    "Profile",
    "Proposal",
    "Reservation",
    "Steward",
    "Supplied",
    "System",
    "WelcomeLink",
]


class Professional(models.Model):
    """That this person who signs in is that practitioner of the directory, and the situation they act in by default."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.PROTECT)
    practitioner = models.OneToOneField("directory.Practitioner", on_delete=models.PROTECT)
    practitioner_role = models.ForeignKey("directory.PractitionerRole", on_delete=models.PROTECT, related_name="+")
    # Who typed the address at which this person was reached, until somebody else says that it is they.
    typed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")


class Steward(models.Model):
    """The public key with which an organisation's registrars sign (docs/protocol.md). The first one wins."""

    organization = models.OneToOneField("directory.Organization", primary_key=True, on_delete=models.PROTECT)
    key = models.BinaryField(max_length=32, unique=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set = models.DateTimeField(default=timezone.now)


class Retention(models.Model):
    """How long an organisation keeps what, where it has chosen other than `circles.durations`."""

    organization = models.OneToOneField("directory.Organization", primary_key=True, on_delete=models.PROTECT)
    archive_days = models.PositiveSmallIntegerField()
    purge_months = models.PositiveSmallIntegerField()
    break_glass_months = models.PositiveSmallIntegerField()
    notices_days = models.PositiveSmallIntegerField()
    security_months = models.PositiveSmallIntegerField()  # of the log
    access_months = models.PositiveSmallIntegerField()
    changed = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class Patient(models.Model):
    """A patient as one circle knows them. The traits are readable with a key that is not in the database."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key_version = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()
    traits_index = models.BinaryField(max_length=32, db_index=True)
    matricule_index = models.BinaryField(max_length=32, null=True, db_index=True)


class Circle(models.Model):
    """The people around one patient, of a structure, or two who talk; its id is also that of the MLS group."""

    class Kind(models.TextChoices):
        CARE = "care"
        TEAM = "team"
        DIRECT = "direct"

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"
        # Nobody reads it any more, and everything is kept; then only that it was, who was in it, and the trail.
        ARCHIVED = "archived"
        PURGED = "purged"

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="compartments")
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="circles")
    # What its members call a compartment or a team; the others are named by the people they are about.
    name = models.CharField(max_length=80, blank=True)
    organization = models.ForeignKey("directory.Organization", null=True, on_delete=models.PROTECT, related_name="+")
    # Of a direct exchange: the one with whom its creator talks.
    peer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    colour = models.CharField(max_length=12, choices=[(each, each) for each in COLOURS])
    weave = models.PositiveSmallIntegerField(choices=[(each, each) for each in WEAVES])
    informed_on = models.DateField(null=True)
    opened = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    archived = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        permissions = [(ability, ability) for ability in ABILITIES]
        constraints = (
            models.CheckConstraint(
                name="circles_care_has_informed_patient",
                condition=~Q(kind="care") | Q(state="purged") | Q(patient__isnull=False, informed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="circles_kind_has_its_own",
                condition=Q(kind="care", organization=None, peer=None, parent=None, name="")
                | Q(Q(kind="care", organization=None, peer=None, parent__isnull=False), ~Q(name=""))
                | Q(Q(kind="team", patient=None, peer=None, parent=None, organization__isnull=False), ~Q(name=""))
                | Q(kind="direct", patient=None, organization=None, parent=None, name="", peer__isnull=False),
            ),
            # Two people have one exchange that is open, whoever began it.
            models.UniqueConstraint(
                Least("created_by", "peer"),
                Greatest("created_by", "peer"),
                condition=Q(kind="direct", state="open"),
                name="circles_exchange_once",
            ),
        )


class BreakGlass(models.Model):
    """Somebody outside a circle who saw, for a stated reason and a short while, who is in it; never what is said.

    `reason` and `comment` are sealed (`accounts.sealing`): people name patients in them.
    """

    class Verdict(models.TextChoices):
        JUSTIFIED = "justified"
        UNJUSTIFIED = "unjustified"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="break_glasses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    practitioner_role = models.ForeignKey("directory.PractitionerRole", on_delete=models.PROTECT, related_name="+")
    # Whose compliance officers look at it: where the coordinators of that moment act.
    organizations = models.ManyToManyField("directory.Organization", related_name="+")
    reason = models.TextField()
    started = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True)
    comment = models.TextField(blank=True)
    reviewed = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("circle", "user"), condition=Q(ended=None), name="circles_breakglass_once"),
            models.CheckConstraint(
                name="circles_breakglass_review_is_whole",
                condition=Q(verdict="", reviewed=None, reviewed_by=None)
                | Q(~Q(verdict=""), reviewed__isnull=False, reviewed_by__isnull=False),
            ),
        )


class JoinRequest(models.Model):
    """Somebody outside who asks the coordinators to be invited."""

    class Why(models.TextChoices):
        IN_CHARGE = "in_charge"
        REPLACING = "replacing"
        COORDINATING = "coordinating"
        PATIENT_ASKED = "patient_asked"

    class Answer(models.TextChoices):
        INVITED = "invited"
        DISMISSED = "dismissed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="join_requests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    practitioner_role = models.ForeignKey("directory.PractitionerRole", on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=16, choices=Why)
    created = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=12, choices=Answer, blank=True)
    answered = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("circle", "user"), condition=Q(answered=None), name="circles_join_request_once"
            ),
            models.CheckConstraint(
                name="circles_join_request_answer_is_whole",
                condition=Q(answer="", answered=None) | Q(~Q(answer=""), answered__isnull=False),
            ),
        )


class Consent(models.Model):
    """What the patient agreed to beforehand, so that somebody outside the care team may know (CSP D1110-3-1)."""

    class How(models.TextChoices):
        SPOKEN = "spoken"
        WRITTEN = "written"
        ELECTRONIC = "electronic"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="consents")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_on = models.DateField()
    how = models.CharField(max_length=12, choices=How)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded = models.DateTimeField(default=timezone.now)
    withdrawn = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")


class Opposition(models.Model):
    """That the patient does not want this person in the circle; without a person, that they do not want the circle."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="oppositions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    told_on = models.DateField()
    how = models.CharField(max_length=12, choices=Consent.How)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded = models.DateTimeField(default=timezone.now)
    lifted = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("circle", "user"),
                condition=Q(lifted=None),
                nulls_distinct=False,
                name="circles_opposition_once",
            ),
        )


class Closure(models.Model):
    """A time during which a circle was closed: legible to its members, and nothing is added."""

    class Code(models.TextChoices):
        DECIDED = "decided"
        OPPOSITION = "opposition"
        NOBODY_LEFT = "nobody_left"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="closures")
    code = models.CharField(max_length=12, choices=Code)
    closed = models.DateTimeField(default=timezone.now)
    # Null when nobody decided it: in an exchange the other did not come.
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reopened = models.DateTimeField(null=True)
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("circle",), condition=Q(reopened=None), name="circles_closure_once"),
        )


class Handover(models.Model):
    """Coordination that one person has given to another: for good, or until a day on which it goes back by itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="handovers")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)
    # That the day has come was told; the taker's role is another only once a coordinator's device has committed it.
    due = models.BooleanField(default=False)
    returned = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("circle", "taker"),
                condition=Q(until__isnull=False, returned=None),
                name="circles_handover_one_loan",
            ),
        )


class Place(models.Model):
    """What a member holds and an invitee is offered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    practitioner_role = models.ForeignKey("directory.PractitionerRole", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=[(each, each) for each in ROLES])
    ground = models.CharField(max_length=20, choices=[(each, each) for each in GROUNDS])
    consent = models.ForeignKey(Consent, null=True, on_delete=models.PROTECT, related_name="+")
    not_after = models.DateTimeField(null=True)
    # Whose secretariat a delegate is.
    delegate_of = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                name="circles_%(class)s_guest_has_end",
                condition=~Q(role="guest") | Q(not_after__isnull=False),
            ),
            models.CheckConstraint(
                name="circles_%(class)s_outside_team_has_consent",
                condition=~Q(ground="outside_team") | Q(consent__isnull=False),
            ),
            models.CheckConstraint(
                name="circles_%(class)s_delegate_of_somebody",
                condition=Q(role="delegate", delegate_of__isnull=False)
                | Q(~Q(role="delegate"), delegate_of__isnull=True),
            ),
        )


class Member(Place):
    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="members")
    joined = models.DateTimeField(default=timezone.now)
    # That the end date is near was told.
    warned = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    end_code = models.CharField(max_length=12, blank=True)
    # Null when nobody decided it: the end date passed.
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Place.Meta):
        constraints = (
            *Place.Meta.constraints,
            models.UniqueConstraint(fields=("circle", "user"), condition=Q(ended=None), name="circles_member_once"),
            models.CheckConstraint(
                name="circles_member_end_has_code",
                condition=Q(ended__isnull=True, end_code="") | Q(Q(ended__isnull=False), ~Q(end_code="")),
            ),
        )


class Invitation(Place):
    class State(models.TextChoices):
        PENDING = "pending"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        REVOKED = "revoked"
        EXPIRED = "expired"

    class Admission(models.TextChoices):
        """Of somebody who had no keys when they were invited: a coordinator commits them after they have accepted."""

        NOT_NEEDED = "not_needed"
        TO_ASK = "to_ask"
        ASKED = "asked"

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="invitations")
    inviter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Exactly the bytes that the inviter's device signed (docs/protocol.md "Invitation").
    signed = models.BinaryField()
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    admission = models.CharField(max_length=12, choices=Admission, default=Admission.NOT_NEEDED)
    asked = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded = models.DateTimeField(null=True)
    declined_because = models.CharField(max_length=16, blank=True)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()

    class Meta(Place.Meta):
        constraints = (
            *Place.Meta.constraints,
            models.UniqueConstraint(
                fields=("circle", "user"), condition=Q(state="pending"), name="circles_invitation_once"
            ),
            models.CheckConstraint(name="circles_invitation_expires_later", condition=Q(expires__gt=F("created"))),
        )


class Notice(models.Model):
    """What a person was told beside the conversation (`circles.notices`), and by which way it reached them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=20)
    circle = models.ForeignKey(Circle, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    seen = models.DateTimeField(null=True)
    pushed = models.DateTimeField(null=True)
    mailed = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("user", "-created"), name="circles_notice_newest"),
            models.Index(fields=("created",), condition=Q(seen=None, mailed=None), name="circles_notice_waiting"),
        )


class Reservation(models.Model):
    """Where somebody without an account is written to about one circle; `sealed` is the address."""

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed = models.TextField()
    # Null: the mailbox that the directory has for them.
    typed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2)
    made = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("circle", "user"), name="circles_reservation_once"),)


class WelcomeLink(models.Model):
    """The link in a letter to an invitee without account: works once. `hash` is all that is kept of its secret."""

    class End(models.TextChoices):
        USED = "used"
        REPLACED = "replaced"  # by the link of a later letter

    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="links")
    hash = models.BinaryField(max_length=32, unique=True)
    letter = models.UUIDField()
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    opened = models.DateTimeField(null=True)
    end = models.CharField(max_length=8, choices=End, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("invitation",), condition=Q(end=""), name="circles_one_living_link"),
        )
