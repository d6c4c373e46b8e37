"""The logs over the events: places, tiles, checkpoints, and the source of the key log. Who may do what: `log.sql`."""

from pathlib import Path

from django.db import migrations, models
from django.db.models.functions import Now

import audit.models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_rotation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rejected",
            fields=[
                ("source", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField(choices=[("acts", "Acts"), ("keys", "Keys")])),
                ("reason", models.TextField()),
                ("at", models.DateTimeField(db_default=Now())),
            ],
        ),
        migrations.CreateModel(
            name="KeyLeaf",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("subject", models.UUIDField()),
                ("seq", models.IntegerField()),
                ("leaf", models.TextField()),
                ("mac", models.BinaryField(max_length=32)),
                ("xid", audit.models.TransactionId(db_default=models.Func(function="pg_current_xact_id"))),
            ],
            options={
                "indexes": [models.Index(fields=["xid", "id"], name="audit_keyleaf_order")],
                "constraints": [models.UniqueConstraint(fields=("subject", "seq"), name="audit_keyleaf_once")],
            },
        ),
        migrations.CreateModel(
            name="Log",
            fields=[
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                ("origin", models.TextField(unique=True)),
                ("kind", models.TextField(choices=[("acts", "Acts"), ("keys", "Keys")])),
                ("opened", models.DateTimeField(db_default=Now())),
                ("closed", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(closed=None), fields=("kind",), name="audit_log_one_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LogKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("vkey", models.TextField()),
                ("since", models.BigIntegerField()),
                ("note", models.TextField(null=True)),
                ("at", models.DateTimeField(db_default=Now())),
                ("log", models.ForeignKey(on_delete=models.PROTECT, related_name="keys", to="audit.log")),
            ],
        ),
        migrations.CreateModel(
            name="SignedCheckpoint",
            fields=[
                ("pk", models.CompositePrimaryKey("log_id", "size", primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("note", models.TextField()),
                ("at", models.DateTimeField(db_default=Now())),
                ("xid", audit.models.TransactionId()),
                ("upto", models.UUIDField()),
                ("log", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="audit.log")),
            ],
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                ("pk", models.CompositePrimaryKey("log_id", "level", "n", primary_key=True, serialize=False)),
                ("level", models.SmallIntegerField()),
                ("n", models.BigIntegerField()),
                ("hashes", models.BinaryField(max_length=8192)),
                ("log", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="audit.log")),
            ],
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("pk", models.CompositePrimaryKey("log_id", "i", primary_key=True, serialize=False)),
                ("i", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
                ("event", models.UUIDField(null=True, unique=True)),
                ("key_leaf", models.UUIDField(null=True, unique=True)),
                (
                    "log",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+", to="audit.log"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(event=None, key_leaf__isnull=False)
                        | models.Q(event__isnull=False, key_leaf=None),
                        name="audit_leaf_of_one",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.BigIntegerField()),
                ("witness", models.TextField()),
                ("line", models.TextField()),
                ("at", models.DateTimeField(db_default=Now())),
                ("log", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="audit.log")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("log", "size", "witness"), name="audit_cosignature_once")
                ],
            },
        ),
        migrations.RunSQL(Path(__file__).with_name("log.sql").read_text(), elidable=False),
    ]
