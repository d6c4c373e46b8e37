"""Exports that officers ask for; asking is in the log, or it did not happen."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

TRACED = """
    CREATE CONSTRAINT TRIGGER traced AFTER INSERT ON compliance_export
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_required('export.', 'Export', 'id')"""


def _to(model: str) -> "models.ForeignKey[models.Model, models.Model]":
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model)


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0003_certificate"),
        ("audit", "0006_forgetting"),
        ("directory", "0004_structure_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization", _to("directory.organization")),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audit.event"
                    ),
                ),
                ("asked_by", _to(settings.AUTH_USER_MODEL)),
                ("asked", models.DateTimeField(default=django.utils.timezone.now)),
                ("filters", models.JSONField()),
                (
                    "formats",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                    ),
                ),
                ("claimed", models.DateTimeField(null=True)),
                ("percent", models.PositiveSmallIntegerField(default=0)),
                ("events", models.BigIntegerField(null=True)),
                ("size", models.BigIntegerField(null=True)),
                ("expires", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "-asked"], name="compliance_export_of"),
                    models.Index(fields=["state", "asked"], name="compliance_export_due"),
                ]
            },
        ),
        migrations.RunSQL(TRACED, "DROP TRIGGER traced ON compliance_export"),
    ]
