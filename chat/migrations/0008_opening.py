"""How each group began: who was entitled to read is computed from it and from the log."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_rotation"),
        ("chat", "0007_reaching"),
    ]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="opening",
                        serialize=False,
                        to="chat.group",
                    ),
                ),
                ("group_info", models.BinaryField()),
                ("tree", models.BinaryField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audit.event"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON chat_opening
                FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
            ALTER TABLE chat_opening ENABLE ALWAYS TRIGGER append_only;
            REVOKE UPDATE, DELETE ON chat_opening FROM cordee_app;
            """,
            "DROP TRIGGER append_only ON chat_opening; GRANT UPDATE, DELETE ON chat_opening TO cordee_app;",
        ),
    ]
