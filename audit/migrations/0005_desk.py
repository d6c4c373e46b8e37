"""What an officer looks for is found by an index (docs/decisions/0016)."""

from django.db import migrations, models

FIELDS = ("on", "org", "dev", "ses", "obj")


def present(field: str) -> models.Index:
    return models.Index(
        fields=[field, "id"], condition=models.Q((f"{field}__isnull", False)), name=f"audit_event_{field}"
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_logs")]

    operations = [
        migrations.AddIndex("event", models.Index(fields=["act", "id"], name="audit_event_act")),
        migrations.AddIndex(
            "event",
            models.Index(fields=["id"], condition=models.Q(("out", 0), _negated=True), name="audit_event_refused"),
        ),
        *(migrations.AddIndex("event", present(field)) for field in FIELDS),
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["id"], include=["t", "act", "out", "org", "cir", "who", "obj"], name="audit_event_counted"
            ),
        ),
    ]
