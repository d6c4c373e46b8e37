"""What administrators and compliance officers of an organisation may do, beside its registrars."""

from django.db import migrations

ABILITIES = ("administer", "review", "attest")


class Migration(migrations.Migration):
    dependencies = [("directory", "0002_attest")]

    operations = [
        migrations.AlterModelOptions(
            name="organization",
            options={"default_permissions": (), "permissions": [(each, each) for each in ABILITIES]},
        ),
    ]
