"""How long an organisation keeps what; archived and purged circles."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

STATES = (("open", "Open"), ("closed", "Closed"), ("archived", "Archived"), ("purged", "Purged"))


class Migration(migrations.Migration):
    dependencies = [
        ("circles", "0014_nobody_left"),
        ("directory", "0003_organisation_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("circle", "archived", models.DateTimeField(null=True)),
        migrations.AlterField("circle", "state", models.CharField(choices=STATES, default="open", max_length=8)),
        migrations.RemoveConstraint("circle", "circles_care_has_informed_patient"),
        migrations.AddConstraint(
            "circle",
            models.CheckConstraint(
                name="circles_care_has_informed_patient",
                condition=~Q(kind="care") | Q(state="purged") | Q(patient__isnull=False, informed_on__isnull=False),
            ),
        ),
        migrations.CreateModel(
            name="Retention",
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
                ("archive_days", models.PositiveSmallIntegerField()),
                ("purge_months", models.PositiveSmallIntegerField()),
                ("break_glass_months", models.PositiveSmallIntegerField()),
                ("notices_days", models.PositiveSmallIntegerField()),
                ("changed", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            """
            CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR UPDATE OR DELETE ON circles_retention
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                EXECUTE FUNCTION audit_required('setting.', 'Organization', 'organization_id')
            """,
            "DROP TRIGGER traced ON circles_retention",
        ),
    ]
