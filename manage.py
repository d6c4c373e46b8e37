#!/usr/bin/env python
"""Django's command line. `DATA_DIR` names a folder of `make demo`: its PostgreSQL and Valkey are used when they run,
otherwise started for the length of the command. Without `DATA_DIR` everything comes from the environment
(docs/operations.md)."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.services import ServicesError, running

    with ExitStack() as parts:
        if data_dir := os.environ.get("DATA_DIR"):
            try:
                services = parts.enter_context(running(Path(data_dir)))
            except ServicesError as error:
                sys.exit(str(error))
            os.environ.update(services.environment())
            os.environ.setdefault("PUBLIC_URL", f"http://localhost:{os.environ.get('PORT', '8000')}")
            os.environ.setdefault("DEMO", "1")
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
