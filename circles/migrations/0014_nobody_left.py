"""A circle may close because nobody is left in it, which nobody has decided."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("circles", "0013_welcome_link"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AlterField(
            "closure",
            "code",
            models.CharField(
                choices=[("decided", "Decided"), ("opposition", "Opposition"), ("nobody_left", "Nobody Left")],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            "closure",
            "closed_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
