#!/usr/bin/env python
"""Django's command line; `DATA_DIR` may name the demo's folder, whose services and settings are then used."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
