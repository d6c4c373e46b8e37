"""Three kinds of items, what devices say of epochs, and epoch keys that a history grant gave."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("chat", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="item",
            name="kind",
            field=models.SmallIntegerField(choices=[(1, "Message"), (2, "Commit"), (3, "Grant")]),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(condition=models.Q(("kind", 2)), fields=["group", "epoch"], name="chat_item_commit"),
        ),
        migrations.AddField(model_name="epochkey", name="grant", field=models.UUIDField(null=True)),
        migrations.RemoveConstraint(model_name="epochkey", name="chat_epochkey_once"),
        migrations.AddConstraint(
            model_name="epochkey",
            constraint=models.UniqueConstraint(
                fields=("user", "group", "epoch", "grant"), name="chat_epochkey_once", nulls_distinct=False
            ),
        ),
        migrations.CreateModel(
            name="Seen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("epoch", models.BigIntegerField()),
                ("statement", models.BinaryField()),
                (
                    "device",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="chat.device"),
                ),
                (
                    "group",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="chat.group"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="seen",
            constraint=models.UniqueConstraint(fields=("group", "device"), name="chat_seen_once"),
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("epoch", models.BigIntegerField()),
                ("reason", models.CharField(max_length=40)),
                ("statement", models.BinaryField()),
                ("received", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "device",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="chat.device"),
                ),
                (
                    "group",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="chat.group"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(fields=("group", "epoch", "device"), name="chat_report_once"),
        ),
    ]
