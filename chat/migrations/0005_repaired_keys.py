"""A repaired copy of an epoch's key stands beside the one that the epoch's maker gave."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0004_file")]

    operations = [
        migrations.AddField(model_name="epochkey", name="repaired", field=models.BooleanField(default=False)),
        migrations.RemoveConstraint(model_name="epochkey", name="chat_epochkey_once"),
        migrations.AddConstraint(
            model_name="epochkey",
            constraint=models.UniqueConstraint(
                fields=("user", "group", "epoch", "grant", "repaired"),
                name="chat_epochkey_once",
                nulls_distinct=False,
            ),
        ),
    ]
