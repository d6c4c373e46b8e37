"""How somebody without an account is reached: where to write, and links that work once; reminders; why not."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# Table → what is traced, beginning of the acts that account for it, what they are about, the column that says which
# one. An address that is forgotten leaves no trace; a new one does: a link goes there.
TRACED = {
    "circles_reservation": ("INSERT OR UPDATE", "account.reserve", "Circle", "circle_id"),
    "circles_welcomelink": ("INSERT OR UPDATE OR DELETE", "invitation.", "Invitation", "invitation_id"),
}


class Migration(migrations.Migration):
    dependencies = [
        ("circles", "0012_places"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="declined_because",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="invitation",
            name="reminded",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="reminders",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.TextField()),
                ("language", models.CharField(max_length=2)),
                ("made", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "circle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="circles.circle"
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
                "constraints": [models.UniqueConstraint(fields=("circle", "user"), name="circles_reservation_once")],
            },
        ),
        migrations.CreateModel(
            name="WelcomeLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hash", models.BinaryField(max_length=32, unique=True)),
                ("letter", models.UUIDField()),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires", models.DateTimeField()),
                ("opened", models.DateTimeField(null=True)),
                (
                    "end",
                    models.CharField(blank=True, choices=[("used", "Used"), ("replaced", "Replaced")], max_length=8),
                ),
                (
                    "invitation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="circles.invitation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("end", "")), fields=("invitation",), name="circles_one_living_link"
                    )
                ],
            },
        ),
        *(
            migrations.RunSQL(
                f"""
                CREATE CONSTRAINT TRIGGER traced AFTER {changes} ON {table}
                    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                    EXECUTE FUNCTION audit_required('{acts}', '{subject}', '{column}')
                """,
                f"DROP TRIGGER traced ON {table}",
            )
            for table, (changes, acts, subject, column) in TRACED.items()
        ),
    ]
