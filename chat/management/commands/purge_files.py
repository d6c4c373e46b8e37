"""`manage.py purge_files`: remove attachments whose upload was given up a day ago, and what erasures left. For a timer,
every hour. May be stopped and started again anywhere, and run twice.
"""

from __future__ import annotations

from django.core.management.base import BaseCommand

from chat.files import purge


class Command(BaseCommand):
    help = "Remove unfinished attachments older than a day, and bytes of erased ones."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"files: {purge()}")
