"""Break-glass and requests to be invited; and no change of a patient, nor of these two, without its event."""

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

# Table → beginning of the acts that account for a change, what they are about, the column that says which one.
TRACED = {
    "circles_breakglass": ("breakglass.", "Circle", "circle_id"),
    "circles_joinrequest": ("", "Circle", "circle_id"),
}
# A patient comes and goes with acts of the circle. Sealing the same identity under a new key is one act for many rows
# (`secret.rotate`); everything else that happens to one is an act about that patient.
SQL_PATIENT = """
    CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR DELETE ON circles_patient
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_required('', 'Patient', 'id');
    CREATE CONSTRAINT TRIGGER traced_change AFTER UPDATE ON circles_patient
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (OLD.key_version = NEW.key_version OR OLD.traits_index <> NEW.traits_index
              OR OLD.matricule_index IS DISTINCT FROM NEW.matricule_index)
        EXECUTE FUNCTION audit_required('patient.', 'Patient', 'id')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("circles", "0010_profile"),
        ("directory", "0003_organisation_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BreakGlass",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reason", models.TextField()),
                ("started", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
                (
                    "verdict",
                    models.CharField(
                        blank=True, choices=[("justified", "Justified"), ("unjustified", "Unjustified")], max_length=12
                    ),
                ),
                ("comment", models.TextField(blank=True)),
                ("reviewed", models.DateTimeField(null=True)),
                (
                    "circle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="break_glasses", to="circles.circle"
                    ),
                ),
                ("organizations", models.ManyToManyField(related_name="+", to="directory.organization")),
                (
                    "practitioner_role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.practitionerrole"
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended", None)), fields=("circle", "user"), name="circles_breakglass_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reviewed", None), ("reviewed_by", None), ("verdict", "")),
                            models.Q(
                                models.Q(("verdict", ""), _negated=True),
                                ("reviewed__isnull", False),
                                ("reviewed_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="circles_breakglass_review_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JoinRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("in_charge", "In Charge"),
                            ("replacing", "Replacing"),
                            ("coordinating", "Coordinating"),
                            ("patient_asked", "Patient Asked"),
                        ],
                        max_length=16,
                    ),
                ),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "answer",
                    models.CharField(
                        blank=True, choices=[("invited", "Invited"), ("dismissed", "Dismissed")], max_length=12
                    ),
                ),
                ("answered", models.DateTimeField(null=True)),
                (
                    "circle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="join_requests", to="circles.circle"
                    ),
                ),
                (
                    "practitioner_role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.practitionerrole"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered", None)),
                        fields=("circle", "user"),
                        name="circles_join_request_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered", None)),
                            models.Q(models.Q(("answer", ""), _negated=True), ("answered__isnull", False)),
                            _connector="OR",
                        ),
                        name="circles_join_request_answer_is_whole",
                    ),
                ],
            },
        ),
        *(
            migrations.RunSQL(
                f"""
                CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR UPDATE OR DELETE ON {table}
                    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                    EXECUTE FUNCTION audit_required('{acts}', '{subject}', '{column}')
                """,
                f"DROP TRIGGER traced ON {table}",
            )
            for table, (acts, subject, column) in TRACED.items()
        ),
        migrations.RunSQL(
            SQL_PATIENT,
            "DROP TRIGGER traced ON circles_patient; DROP TRIGGER traced_change ON circles_patient",
        ),
    ]
