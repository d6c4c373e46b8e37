"""Key events from before the key log become leaves of it, in the order in which they were kept."""

from typing import Any

from django.conf import settings
from django.db import migrations
from uuid_utils.compat import uuid7


def append(apps: Any, schema_editor: Any) -> None:
    from audit.batch import SQL_APPEND_KEY_LEAF
    from audit.events import mac

    connection = schema_editor.connection
    events = apps.get_model("chat", "KeyEvent").objects.using(connection.alias).order_by("id")
    with connection.cursor() as cursor:
        for user_id, seq, raw in events.values_list("user_id", "seq", "raw").iterator(chunk_size=1000):
            leaf = bytes(raw)
            signed = mac(leaf, settings.AUDIT_MAC_KEY)
            cursor.execute(SQL_APPEND_KEY_LEAF, (uuid7(), user_id, seq, leaf.decode(), signed))


class Migration(migrations.Migration):
    dependencies = (("chat", "0008_opening"), ("audit", "0004_logs"))

    operations = (migrations.RunPython(append, migrations.RunPython.noop),)
