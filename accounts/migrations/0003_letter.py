"""Letters on their way."""

import django.utils.timezone
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_identity_end"),
    ]

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("template", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("refused", "Refused"),
                            ("given_up", "Given Up"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("sealed", models.TextField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due", models.DateTimeField()),
                ("created", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("settled", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["due"], name="accounts_letters_due"),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("sealed", ""), _negated=True), ("settled", None), ("state", "waiting")),
                    models.Q(models.Q(("state", "waiting"), _negated=True), ("sealed", ""), ("settled__isnull", False)),
                    _connector="OR",
                ),
                name="accounts_letter_settled_is_empty",
            ),
        ),
    ]
