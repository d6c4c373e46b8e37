"""The steward key of an organisation, and the admission of people who had no keys when they were invited."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("circles", "0002_traced"),
        ("directory", "0002_attest"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="admission",
            field=models.CharField(
                choices=[("not_needed", "Not Needed"), ("to_ask", "To Ask"), ("asked", "Asked")],
                default="not_needed",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="asked",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Steward",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="directory.organization",
                    ),
                ),
                ("key", models.BinaryField(max_length=32, unique=True)),
                ("set", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
    ]
