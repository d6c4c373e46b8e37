"""Two more abilities of coordinators: erasing what others sent, and giving history."""

from django.db import migrations

ABILITIES = ("read", "send", "invite", "remove", "erase", "grant_history", "join")


class Migration(migrations.Migration):
    dependencies = [("circles", "0003_steward_and_admission")]

    operations = [
        migrations.AlterModelOptions(
            name="circle",
            options={"default_permissions": (), "permissions": [(each, each) for each in ABILITIES]},
        ),
    ]
