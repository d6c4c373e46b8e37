"""What the rules found in the trail, what officers made of it, monthly reports."""

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

TRACED = {
    # What an officer says of a finding, and what it becomes by that.
    "compliance_annotation": ("INSERT", "", "audit.review", "Finding", "finding_id"),
    "compliance_finding": ("UPDATE", "WHEN (OLD.status <> NEW.status)", "audit.review", "Finding", "id"),
    "compliance_thresholds": ("INSERT OR UPDATE OR DELETE", "", "setting.", "Organization", "organization_id"),
    "compliance_monthlyreport": ("INSERT", "", "export.create", "Export", "id"),
}


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_rotation"),
        ("compliance", "0001_resolution"),
        ("directory", "0004_structure_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Watch",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="directory.organization",
                    ),
                ),
                ("through", models.DateField()),
                ("looked", models.DateTimeField(null=True)),
                ("claimed", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("break_glass", "break_glass"),
                            ("outside_team", "outside_team"),
                            ("bulk", "bulk"),
                            ("out_of_hours", "out_of_hours"),
                            ("staff_patient", "staff_patient"),
                            ("same_name", "same_name"),
                            ("dormant", "dormant"),
                            ("refused_then_allowed", "refused_then_allowed"),
                            ("exports", "exports"),
                            ("log_health", "log_health"),
                        ],
                        max_length=24,
                    ),
                ),
                ("key", models.BinaryField(max_length=32)),
                ("who", models.UUIDField(null=True)),
                ("pat", models.UUIDField(null=True)),
                ("cir", models.UUIDField(null=True)),
                ("began", models.DateTimeField()),
                ("ended", models.DateTimeField()),
                ("score", models.PositiveSmallIntegerField()),
                ("facts", models.JSONField(default=dict)),
                ("events", models.PositiveIntegerField()),
                ("found", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("explained", "Explained"),
                            ("confirmed", "Confirmed"),
                            ("dismissed", "Dismissed"),
                        ],
                        default="open",
                        max_length=12,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "event",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audit.event"),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="compliance.finding"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Annotation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("open", "Open"),
                            ("explained", "Explained"),
                            ("confirmed", "Confirmed"),
                            ("dismissed", "Dismissed"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "author",
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
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="annotations", to="compliance.finding"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MonthlyReport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField()),
                ("made", models.DateTimeField(default=django.utils.timezone.now)),
                ("content", models.JSONField()),
                ("pdf", models.BinaryField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Thresholds",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="directory.organization",
                    ),
                ),
                ("chosen", models.JSONField(default=dict)),
                ("changed", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["organization", "-began"], name="compliance_finding_newest"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                condition=models.Q(("status", "open")), fields=["organization"], name="compliance_finding_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(fields=("organization", "rule", "key"), name="compliance_finding_once"),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(fields=("finding", "event"), name="compliance_evidence_once"),
        ),
        migrations.AddConstraint(
            model_name="monthlyreport",
            constraint=models.UniqueConstraint(fields=("organization", "month"), name="compliance_report_once"),
        ),
        *(
            migrations.RunSQL(
                f"""
                CREATE CONSTRAINT TRIGGER traced AFTER {changes} ON {table}
                    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW {when}
                    EXECUTE FUNCTION audit_required('{acts}', '{subject}', '{column}')
                """,
                f"DROP TRIGGER traced ON {table}",
            )
            for table, (changes, when, acts, subject, column) in TRACED.items()
        ),
        # What was found and said is not taken back; a report is not rewritten.
        migrations.RunSQL(
            """
            REVOKE DELETE ON compliance_finding, compliance_evidence FROM cordee_app;
            REVOKE UPDATE, DELETE ON compliance_annotation, compliance_monthlyreport FROM cordee_app;
            """,
            """
            GRANT DELETE ON compliance_finding, compliance_evidence TO cordee_app;
            GRANT UPDATE, DELETE ON compliance_annotation, compliance_monthlyreport TO cordee_app;
            """,
        ),
    ]
