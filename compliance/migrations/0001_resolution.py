"""Requests to learn who many pseudonyms are; none without the act that says who asked or approved."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

SQL_TRACED = """
    CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR UPDATE OR DELETE ON compliance_resolution
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_required('', 'Resolution', 'id')
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("audit", "0003_rotation"),
        ("directory", "0003_organisation_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Resolution",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pseudonyms", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("asked", models.DateTimeField(default=django.utils.timezone.now)),
                ("approved", models.DateTimeField(null=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audit.event"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organization"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "-asked"], name="compliance_resolution_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(approved=None, approved_by=None)
                        | models.Q(
                            models.Q(approved__isnull=False, approved_by__isnull=False),
                            ~models.Q(approved_by=models.F("asked_by")),
                        ),
                        name="compliance_resolution_four_eyes",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL_TRACED, "DROP TRIGGER traced ON compliance_resolution"),
    ]
