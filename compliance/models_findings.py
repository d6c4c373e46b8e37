"""What the rules found, what officers made of it, and the monthly reports. In words nothing: who and what are
pseudonyms, what an officer writes lies sealed beside the event that says so.

Written by `compliance.findings` only.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from compliance.findings.thresholds import RULES


class Finding(models.Model):
    """Something that a rule found in the events of an organisation. `key` makes the same thing found again this row."""

    class Status(models.TextChoices):
        OPEN = "open"
        EXPLAINED = "explained"
        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey("directory.Organization", on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=24, choices=[(each, each) for each in RULES])
    key = models.BinaryField(max_length=32)
    # Pseudonyms.
    who = models.UUIDField(null=True)
    pat = models.UUIDField(null=True)
    cir = models.UUIDField(null=True)
    began = models.DateTimeField()
    ended = models.DateTimeField()
    score = models.PositiveSmallIntegerField()
    facts = models.JSONField(default=dict)
    # How many events in all; `evidence` holds the first of them.
    events = models.PositiveIntegerField()
    found = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "rule", "key"), name="compliance_finding_once"),)
        indexes = (
            models.Index(fields=("organization", "-began"), name="compliance_finding_newest"),
            models.Index(fields=("organization",), condition=Q(status="open"), name="compliance_finding_open"),
        )


class Evidence(models.Model):
    """An event that a finding rests on. The event's row stays when its leaf is pruned."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="evidence")
    event = models.ForeignKey("audit.Event", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("finding", "event"), name="compliance_evidence_once"),)


class Annotation(models.Model):
    """What an officer said of a finding, and what it became by that. The words are sealed beside `event`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="annotations")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # Empty: the finding stays what it was.
    status = models.CharField(max_length=12, choices=Finding.Status, blank=True)
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")


class Watch(models.Model):
    """How far the rules have looked for an organisation: every day up to `through` is done with."""

    organization = models.OneToOneField("directory.Organization", primary_key=True, on_delete=models.PROTECT)
    through = models.DateField()
    looked = models.DateTimeField(null=True)
    # Since when a process is looking; one that was killed is given up after a while.
    claimed = models.DateTimeField(null=True)


class Thresholds(models.Model):
    """What an organisation has chosen other than `compliance.findings.thresholds`."""

    organization = models.OneToOneField("directory.Organization", primary_key=True, on_delete=models.PROTECT)
    chosen = models.JSONField(default=dict)
    changed = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class MonthlyReport(models.Model):
    """What was found in a month and what became of it, as it stood when the report was made. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey("directory.Organization", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()  # its first day
    made = models.DateTimeField(default=timezone.now)
    content = models.JSONField()
    pdf = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "month"), name="compliance_report_once"),)
