"""What may be forgotten: words sealed under the keys of their subjects, holds, pruning (`forgetting.sql`).

Not reversible: what was sealed under AUDIT_DETAIL_KEYS alone is sealed again under the keys of those whom it is about.
"""

from pathlib import Path

import django.contrib.postgres.fields
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from nacl.secret import Aead

from audit.data_keys import subjects_of, words_key


def seal_again(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Rows are replaced, because nobody may update one."""
    Detail = apps.get_model("audit", "Detail")
    details = Detail.objects.using(schema_editor.connection.alias)
    for detail in details.select_related("event").order_by("id"):
        place = f"{detail.event_id}/{detail.key}".encode()
        words = Aead(settings.AUDIT_DETAIL_KEYS[detail.version]).decrypt(bytes(detail.sealed), aad=place)
        event = detail.event
        about = subjects_of(event.who, event.on, event.pat, event.cir, event.obj)
        key = words_key(about, using=schema_editor.connection.alias)
        detail.delete()
        sealed = bytes(Aead(key).encrypt(words, aad=place))
        details.create(event_id=detail.event_id, key=detail.key, version=detail.version, sealed=sealed)


def enforce(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(Path(__file__).with_name("forgetting.sql").read_text())


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_desk")]

    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pseudonym", models.ForeignKey("audit.pseudonym", models.PROTECT, null=True, related_name="+")),
                ("key_version", models.IntegerField()),
                ("sealed", models.BinaryField()),
            ],
            options={
                "db_table": "audit_data_key",
                "constraints": [
                    models.UniqueConstraint(fields=("pseudonym",), nulls_distinct=False, name="audit_data_key_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("organization", models.UUIDField()),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("Person", "Person"),
                            ("Patient", "Patient"),
                            ("Circle", "Circle"),
                            ("Period", "Period"),
                        ]
                    ),
                ),
                (
                    "subjects",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("event", models.OneToOneField("audit.event", models.PROTECT, related_name="+")),
                ("placed_by", models.UUIDField()),
                ("placed", models.DateTimeField()),
                ("lift_asked_by", models.UUIDField(null=True)),
                ("lift_asked", models.DateTimeField(null=True)),
                ("lifted_by", models.UUIDField(null=True)),
                ("lifted", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(kind="Period", since__isnull=False, until__gt=models.F("since"))
                        | (~models.Q(kind="Period") & models.Q(since=None, until=None)),
                        name="audit_hold_covers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(lifted=None)
                        | (models.Q(lifted_by__isnull=False) & ~models.Q(lifted_by=models.F("lift_asked_by"))),
                        name="audit_hold_two_lift",
                    ),
                ]
            },
        ),
        migrations.RunPython(seal_again, elidable=False),
        migrations.RemoveField("detail", "version"),
        migrations.RunPython(enforce, elidable=False),
    ]
