"""The directory as imported: who practises what, where, in which sector.

Written by `directory.services` only, from FHIR; read by `directory.selectors` and, through foreign keys, by `circles`.
Rows are never deleted: what leaves the source becomes inactive, because memberships and the log go on pointing here.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

NAME_LENGTH = 255
CODE_LENGTH = 64
SYSTEM_LENGTH = 255
FHIR_ID_LENGTH = 64  # FHIR R4, datatype id


class Imported(models.Model):
    """What every imported row has: where it comes from and a digest of what was read: a second sync changes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.CharField(max_length=32)
    fhir_id = models.CharField(max_length=FHIR_ID_LENGTH)
    digest = models.BinaryField(max_length=32)
    active = models.BooleanField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.source}/{self.fhir_id}"


class Organization(Imported):
    """A structure: legal entity or establishment. `sector` is empty when its category does not tell."""

    identifier_system = models.CharField(max_length=SYSTEM_LENGTH, blank=True)
    identifier_value = models.CharField(max_length=CODE_LENGTH, blank=True)
    name = models.CharField(max_length=NAME_LENGTH)
    city = models.CharField(max_length=NAME_LENGTH, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    category_system = models.CharField(max_length=SYSTEM_LENGTH, blank=True)
    category_code = models.CharField(max_length=CODE_LENGTH, blank=True)
    sector = models.CharField(max_length=16, blank=True)
    # As of a role: name, town and postal code, normalised by `directory.keys`.
    search_key = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        # Given by the gate (circles.access) as the roles of circles.roles have them.
        permissions = [(each, each) for each in ("administer", "review", "attest")]
        constraints = (models.UniqueConstraint(fields=("source", "fhir_id"), name="directory_organization_source_id"),)
        indexes = (
            models.Index(fields=("identifier_system", "identifier_value"), name="directory_organization_ident"),
            GinIndex(
                fields=("search_key",), opclasses=("gin_trgm_ops",), fastupdate=False, name="directory_org_search"
            ),
        )


class Practitioner(Imported):
    """A person as the national directory knows them. Birth date, address and telephone are not kept."""

    identifier_system = models.CharField(max_length=SYSTEM_LENGTH, blank=True)
    identifier_value = models.CharField(max_length=CODE_LENGTH, blank=True)
    family_name = models.CharField(max_length=NAME_LENGTH)
    given_name = models.CharField(max_length=NAME_LENGTH)
    civility = models.CharField(max_length=8, blank=True)
    # What the person is wherever they practise; a role that says nothing else inherits it.
    profession_system = models.CharField(max_length=SYSTEM_LENGTH, blank=True)
    profession_code = models.CharField(max_length=CODE_LENGTH, blank=True)
    profession_label = models.CharField(max_length=NAME_LENGTH, blank=True)
    speciality_code = models.CharField(max_length=CODE_LENGTH, blank=True)
    speciality_label = models.CharField(max_length=NAME_LENGTH, blank=True)
    mssante = models.CharField(max_length=NAME_LENGTH, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "fhir_id"), name="directory_practitioner_source_id"),)
        indexes = (models.Index(fields=("identifier_system", "identifier_value"), name="directory_practitioner_ident"),)


class PractitionerRole(Imported):
    """A situation d'exercice: this person, this profession, at this structure. It is what one searches and invites.

    The three keys are normalised by `directory.keys`: unaccented, lower case, one space before and after each word.
    """

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="roles")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="roles", null=True)
    profession_system = models.CharField(max_length=SYSTEM_LENGTH)
    profession_code = models.CharField(max_length=CODE_LENGTH)
    profession_label = models.CharField(max_length=NAME_LENGTH)
    speciality_code = models.CharField(max_length=CODE_LENGTH, blank=True)
    speciality_label = models.CharField(max_length=NAME_LENGTH, blank=True)
    sector = models.CharField(max_length=16)
    city = models.CharField(max_length=NAME_LENGTH, blank=True)
    mssante = models.CharField(max_length=NAME_LENGTH, blank=True)
    sort_key = models.CharField(max_length=2 * NAME_LENGTH)
    name_key = models.CharField(max_length=3 * NAME_LENGTH)
    search_key = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("source", "fhir_id"), name="directory_role_source_id"),
            models.CheckConstraint(
                condition=Q(sector__in=("health", "medico_social", "social")), name="directory_role_sector"
            ),
        )
        indexes = (
            # pg_trgm is created with the database (config/roles.sql); it serves both the prefix and the typo. Without
            # fastupdate a sync writes more slowly, and searches right after it stay quick.
            GinIndex(
                fields=("search_key",), opclasses=("gin_trgm_ops",), fastupdate=False, name="directory_role_search"
            ),
        )


class HealthcareService(Imported):
    """An operational offer of the ROR: what a structure does, in which field."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="services")
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    field_code = models.CharField(max_length=CODE_LENGTH, blank=True)
    field_label = models.CharField(max_length=NAME_LENGTH, blank=True)
    activity_code = models.CharField(max_length=CODE_LENGTH, blank=True)
    activity_label = models.CharField(max_length=NAME_LENGTH, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "fhir_id"), name="directory_service_source_id"),)


class SyncRun(models.Model):
    """One reading of a source: when, what came of it. `ended` stays empty when it was interrupted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.CharField(max_length=32)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ended=None) | Q(ended__gte=F("started")), name="directory_run_ends_later"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)


class Quarantine(models.Model):
    """An entry that could not be taken, and why. Its content is not kept: it may name a person who is no entry."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="quarantined")
    source = models.CharField(max_length=32)
    resource_type = models.CharField(max_length=64)
    fhir_id = models.CharField(max_length=NAME_LENGTH, blank=True)
    code = models.CharField(max_length=CODE_LENGTH)
    detail = models.CharField(max_length=NAME_LENGTH, blank=True)
    digest = models.BinaryField(max_length=32)
    seen = models.DateTimeField()

    class Meta:
        constraints = (
            # The same bad entry seen again moves to the newest run instead of piling up.
            models.UniqueConstraint(
                fields=("source", "resource_type", "fhir_id", "code", "digest"), name="directory_quarantine_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.resource_type}/{self.fhir_id}: {self.code}"
