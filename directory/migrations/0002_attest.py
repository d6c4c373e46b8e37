"""An organisation's right to attest: a permission that the gate gives."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="organization",
            options={"default_permissions": (), "permissions": [("attest", "attest")]},
        ),
    ]
