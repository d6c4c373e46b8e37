"""Structures are found by their names as people are; those that are there already get their words."""

import django.contrib.postgres.indexes
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from directory.keys import key

CHUNK = 1000


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    organizations = apps.get_model("directory", "Organization").objects.using(schema_editor.connection.alias)
    while chunk := list(organizations.filter(search_key="")[:CHUNK]):
        for each in chunk:
            each.search_key = key(each.name, each.city, each.postal_code)
        organizations.bulk_update(chunk, ["search_key"])


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0003_organisation_roles"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="search_key",
            field=models.TextField(blank=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="organization",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["search_key"], name="directory_org_search", opclasses=("gin_trgm_ops",)
            ),
        ),
    ]
