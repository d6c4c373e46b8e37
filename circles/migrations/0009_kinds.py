"""Circles without a patient, and compartments: whose they are, what they are called."""

import django.db.models.deletion
import django.db.models.functions
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

GROUNDS = ("same_structure", "chosen_by_patient", "formal_team", "outside_team", "no_patient")


class Migration(migrations.Migration):
    dependencies = [
        ("circles", "0008_contacts"),
        ("directory", "0002_attest"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("circle", "name", models.CharField(blank=True, default="", max_length=80), False),
        migrations.AddField(
            "circle",
            "organization",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.organization",
            ),
        ),
        migrations.AddField(
            "circle",
            "peer",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        *(
            migrations.AlterField(
                model, "ground", models.CharField(choices=[(each, each) for each in GROUNDS], max_length=20)
            )
            for model in ("member", "invitation")
        ),
        migrations.AddConstraint(
            "circle",
            models.CheckConstraint(
                name="circles_kind_has_its_own",
                condition=Q(kind="care", organization=None, peer=None, parent=None, name="")
                | Q(Q(kind="care", organization=None, peer=None, parent__isnull=False), ~Q(name=""))
                | Q(Q(kind="team", patient=None, peer=None, parent=None, organization__isnull=False), ~Q(name=""))
                | Q(kind="direct", patient=None, organization=None, parent=None, name="", peer__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "circle",
            models.UniqueConstraint(
                django.db.models.functions.Least("created_by", "peer"),
                django.db.models.functions.Greatest("created_by", "peer"),
                condition=Q(kind="direct", state="open"),
                name="circles_exchange_once",
            ),
        ),
    ]
