"""Contacts between professionals and blocks over them; no change of either without its event."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

# Table → beginning of the acts that account for a change, what they are about, the column that says which one.
TRACED = {
    "circles_contact": ("contact.", "Contact", "id"),
    "circles_block": ("contact.block", "Person", "blocker_id"),
}


class Migration(migrations.Migration):
    dependencies = [
        ("circles", "0007_careteam"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Block",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "blocked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "blocker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("blocker", "blocked"), name="circles_block_once"),
                    models.CheckConstraint(
                        condition=models.Q(("blocker", models.F("blocked")), _negated=True), name="circles_block_of_two"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("accepted", "Accepted"),
                            ("refused", "Refused"),
                            ("ended", "Ended"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("message", models.CharField(blank=True, max_length=200)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "asked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "asker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["asked", "state"], name="circles_contact_asked")],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.comparison.Least("asker", "asked"),
                        django.db.models.functions.comparison.Greatest("asker", "asked"),
                        name="circles_contact_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("asker", models.F("asked")), _negated=True), name="circles_contact_of_two"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "asked"), ("message", ""), _connector="OR"),
                        name="circles_contact_message_answered",
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
    ]
