"""The tables of the trail. Who may do what with them is migration 0002."""

from django.db import migrations, models
from django.db.models.functions import Now

import audit.models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("leaf", models.TextField()),
                ("mac", models.BinaryField(max_length=32)),
                ("xid", audit.models.TransactionId(db_default=models.Func(function="pg_current_xact_id"))),
                ("w", models.BigIntegerField()),
                ("wn", models.BigIntegerField()),
                ("t", models.DateTimeField()),
                ("act", models.TextField()),
                ("out", models.SmallIntegerField()),
                ("err", models.TextField(null=True)),
                ("who", models.UUIDField(null=True)),
                ("on", models.UUIDField(null=True)),
                ("dev", models.UUIDField(null=True)),
                ("ses", models.TextField(null=True)),
                ("org", models.UUIDField(null=True)),
                ("pat", models.UUIDField(null=True)),
                ("cir", models.UUIDField(null=True)),
                ("obj", models.TextField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["xid", "id"], name="audit_event_order"),
                    models.Index(fields=["who", "id"], condition=models.Q(who__isnull=False), name="audit_event_who"),
                    models.Index(fields=["pat", "id"], condition=models.Q(pat__isnull=False), name="audit_event_pat"),
                    models.Index(fields=["cir", "id"], condition=models.Q(cir__isnull=False), name="audit_event_cir"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("w", "wn"), name="audit_event_once"),
                    models.CheckConstraint(
                        condition=models.Q(act="writer.open", wn=1)
                        | (~models.Q(act="writer.open") & models.Q(wn__gt=1)),
                        name="audit_event_opened",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Writer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("n", models.BigIntegerField(default=0)),
                ("backend", models.IntegerField()),
                ("opened", models.DateTimeField(db_default=Now())),
                ("closed", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["id"], condition=models.Q(closed=None), name="audit_writer_open_ones")
                ],
            },
        ),
        migrations.CreateModel(
            name="Detail",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.TextField(choices=[("det", "structured detail"), ("rsn", "reason in words")])),
                ("version", models.IntegerField()),
                ("sealed", models.BinaryField()),
                ("event", models.ForeignKey("audit.event", models.PROTECT, related_name="details")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("event", "key"), name="audit_detail_once")]},
        ),
        migrations.CreateModel(
            name="Pseudonym",
            fields=[
                ("pseudonym", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.TextField(choices=[("Person", "Person"), ("Patient", "Patient"), ("Circle", "Circle")]),
                ),
                ("subject", models.UUIDField()),
                ("salt", models.BinaryField(max_length=32)),
                ("event", models.OneToOneField("audit.event", models.PROTECT, related_name="+")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("kind", "subject"), name="audit_pseudonym_once")]},
        ),
    ]
