"""Urgent messages, what answers them, and what was done about those that were not confirmed in time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_append_only"),
        ("chat", "0005_repaired_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("message", models.UUIDField(primary_key=True, serialize=False)),
                ("sent", models.DateTimeField(null=True)),
                ("escalated", models.DateTimeField(null=True)),
                ("settled", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="item",
            name="answers",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="item",
            name="takes",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="item",
            name="urgent",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(condition=models.Q(("urgent", True)), fields=["at"], name="chat_item_urgent"),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(("answers__isnull", False)), fields=["answers"], name="chat_item_answers"
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="group",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reminders", to="chat.group"
            ),
        ),
    ]
