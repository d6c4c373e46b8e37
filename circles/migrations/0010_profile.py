"""What professionals say of themselves, absences among it; no change without its event."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_letter"),
        ("circles", "0009_kinds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Profile",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=3), default=list, size=None
                    ),
                ),
                ("availability", models.CharField(blank=True, max_length=500)),
                ("hours", models.JSONField(default=list)),
                ("absent_from", models.DateField(null=True)),
                ("absent_until", models.DateField(null=True)),
                ("changed", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "replacement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("absent_from", None), ("absent_until", None), ("replacement", None)),
                            models.Q(("absent_from__isnull", False), ("absent_until__gte", models.F("absent_from"))),
                            _connector="OR",
                        ),
                        name="circles_profile_absence",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("replacement", models.F("user")), _negated=True),
                        name="circles_profile_replaced_by_another",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            """
            CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR UPDATE OR DELETE ON circles_profile
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                EXECUTE FUNCTION audit_required('profile.update', 'Person', 'user_id')
            """,
            "DROP TRIGGER traced ON circles_profile",
        ),
    ]
