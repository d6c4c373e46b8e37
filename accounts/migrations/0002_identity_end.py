"""How an identity key ended, and what both keys signed when it was rotated."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="identitykey",
            name="end",
            field=models.CharField(blank=True, choices=[("rotated", "Rotated"), ("reset", "Reset")], max_length=8),
        ),
        migrations.AddField(
            model_name="identitykey",
            name="rotation",
            field=models.BinaryField(max_length=1024, null=True),
        ),
        migrations.AddConstraint(
            model_name="identitykey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end", ""), ("ended", None), ("rotation", None)),
                    models.Q(("end", "rotated"), ("ended__isnull", False), ("rotation__isnull", False)),
                    models.Q(("end", "reset"), ("ended__isnull", False), ("rotation", None)),
                    _connector="OR",
                ),
                name="accounts_identity_end",
            ),
        ),
    ]
