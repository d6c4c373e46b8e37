"""`make run`: the production server. Everything comes from the environment; docs/operations.md lists the names.

Refuses to start rather than to run with a log that could be altered. One process serves one PORT; more processes, on
this machine or others, share PostgreSQL and Redis.
"""

from __future__ import annotations

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections

from config.server import server_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    from django.conf import settings

    from config import guards

    try:
        objections = list(guards.objections())
    except OperationalError as error:
        sys.exit(f"DATABASE_URL does not answer: {error}")
    if objections:
        sys.exit("\n".join(objections))
    if not (settings.FRONTEND_DIST / "index.html").is_file():
        sys.exit("The frontend is not built: run `make build`.")
    connections.close_all()
    command = server_command(int(os.environ.get("PORT", "8000")), host=os.environ.get("HOST", "127.0.0.1"))
    os.execv(sys.executable, [sys.executable, "-m", *command])  # signals of the supervisor reach uvicorn itself


if __name__ == "__main__":
    main()
