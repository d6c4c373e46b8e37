"""An organisation also chooses how long the log keeps what it says of its people. Until it does: 12 and 36 months."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("circles", "0016_typed_by")]

    operations = [
        migrations.AddField(
            "retention", "security_months", models.PositiveSmallIntegerField(default=12), preserve_default=False
        ),
        migrations.AddField(
            "retention", "access_months", models.PositiveSmallIntegerField(default=36), preserve_default=False
        ),
    ]
