"""Vault keys with numbers, key events that only grow, orders, attestations."""

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0002_kinds_and_grants"),
        ("audit", "0002_append_only"),
        ("directory", "0002_attest"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="group",
            name="steward",
            field=models.BinaryField(db_index=True, max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="vault",
            name="key",
            field=models.BigIntegerField(default=1),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="vault",
            name="generation",
            field=models.BigIntegerField(),
        ),
        migrations.AlterField(
            model_name="vault",
            name="sealed",
            field=models.BinaryField(max_length=262144),
        ),
        migrations.AlterField(
            model_name="vaultwrapper",
            name="blob",
            field=models.BinaryField(max_length=80),
        ),
        migrations.AlterField(
            model_name="vaultwrapper",
            name="unlocker",
            field=models.CharField(max_length=1372),
        ),
        migrations.CreateModel(
            name="DeviceCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("raw", models.BinaryField(max_length=1024)),
                ("added", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="certificates", to="chat.device"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attestation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.BinaryField(max_length=32)),
                ("raw", models.BinaryField(max_length=2048)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organization"
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
                    models.UniqueConstraint(fields=("organization", "user"), name="chat_attestation_newest")
                ],
            },
        ),
        migrations.CreateModel(
            name="EndOrder",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=12)),
                ("raw", models.BinaryField(max_length=1024)),
                ("carried_out", models.DateTimeField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="chat.device"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="end_orders", to="chat.group"
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
                        condition=models.Q(("carried_out", None)),
                        fields=("group", "user", "device"),
                        name="chat_endorder_one_open",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.IntegerField()),
                ("raw", models.BinaryField(max_length=1024)),
                ("added", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "seq"), name="chat_keyevent_once")],
            },
        ),
        migrations.CreateModel(
            name="RestoreOrder",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("raw", models.BinaryField(max_length=1024)),
                ("carried_out", models.DateTimeField(null=True)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="restore_orders", to="chat.group"
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
                        condition=models.Q(("carried_out", None)),
                        fields=("group", "user"),
                        name="chat_restoreorder_one_open",
                    )
                ],
            },
        ),
        # A key event is somebody's signed word on their keys: nothing rewrites it, also not the owner of the table.
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON chat_keyevent
                FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
            ALTER TABLE chat_keyevent ENABLE ALWAYS TRIGGER append_only;
            REVOKE UPDATE, DELETE ON chat_keyevent FROM cordee_app;
            """,
            "DROP TRIGGER append_only ON chat_keyevent; GRANT UPDATE, DELETE ON chat_keyevent TO cordee_app;",
        ),
    ]
