"""Consents that are withdrawn, oppositions, closures, hand-overs, and whose secretariat a delegate is."""

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

# Table → beginning of the acts that account for a change, what they are about, the column that says which one.
TRACED = {
    "circles_opposition": ("opposition.", "Opposition", "id"),
    "circles_closure": ("circle.", "Circle", "circle_id"),
    "circles_handover": ("member.", "Circle", "circle_id"),
}


class Migration(migrations.Migration):
    dependencies = [
        ("circles", "0011_outsiders"),
        ("directory", "0003_organisation_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Closure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "code",
                    models.CharField(choices=[("decided", "Decided"), ("opposition", "Opposition")], max_length=12),
                ),
                ("closed", models.DateTimeField(default=django.utils.timezone.now)),
                ("reopened", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("given", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateTimeField(null=True)),
                ("due", models.BooleanField(default=False)),
                ("returned", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Opposition",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("told_on", models.DateField()),
                (
                    "how",
                    models.CharField(
                        choices=[("spoken", "Spoken"), ("written", "Written"), ("electronic", "Electronic")],
                        max_length=12,
                    ),
                ),
                ("recorded", models.DateTimeField(default=django.utils.timezone.now)),
                ("lifted", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="consent",
            name="withdrawn",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="consent",
            name="withdrawn_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="delegate_of",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="delegate_of",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="warned",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delegate_of__isnull", False), ("role", "delegate")),
                    models.Q(models.Q(("role", "delegate"), _negated=True), ("delegate_of__isnull", True)),
                    _connector="OR",
                ),
                name="circles_invitation_delegate_of_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delegate_of__isnull", False), ("role", "delegate")),
                    models.Q(models.Q(("role", "delegate"), _negated=True), ("delegate_of__isnull", True)),
                    _connector="OR",
                ),
                name="circles_member_delegate_of_somebody",
            ),
        ),
        migrations.AddField(
            model_name="closure",
            name="circle",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="closures", to="circles.circle"
            ),
        ),
        migrations.AddField(
            model_name="closure",
            name="closed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="closure",
            name="reopened_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="circle",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="handovers", to="circles.circle"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="giver",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="taker",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="opposition",
            name="circle",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="oppositions", to="circles.circle"
            ),
        ),
        migrations.AddField(
            model_name="opposition",
            name="lifted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="opposition",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="opposition",
            name="user",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="closure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reopened", None)), fields=("circle",), name="circles_closure_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("returned", None), ("until__isnull", False)),
                fields=("circle", "taker"),
                name="circles_handover_one_loan",
            ),
        ),
        migrations.AddConstraint(
            model_name="opposition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted", None)),
                fields=("circle", "user"),
                name="circles_opposition_once",
                nulls_distinct=False,
            ),
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
    ]
