"""Logs: one JSON object per line on standard error, with ids and outcomes only.

The rooms log events (`structlog.get_logger().info("socket.closed", device=…, code=…)`). What libraries log is cut down
to its first line, and exceptions to their types and places: a message of theirs may quote what a person wrote (a
duplicate key names its value).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from traceback import walk_tb
from types import TracebackType
from typing import Any

import structlog

Event = MutableMapping[str, Any]
LONGEST_LINE = 300


def _first_line(_: object, __: str, event: Event) -> Event:
    event["event"] = str(event["event"]).partition("\n")[0][:LONGEST_LINE]
    return event


def _exception_by_place(_: object, __: str, event: Event) -> Event:
    """`exc_info` → `error` (types, outermost first) and `at` (file:line of each frame); never the text of the
    exception.
    """
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else None
    if error is None:
        return event
    event["at"] = _frames(error.__traceback__)
    kinds = []
    while error is not None:
        kinds.append(type(error).__name__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    event["error"] = kinds
    return event


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.f_code.co_filename}:{line}" for frame, line in walk_tb(trace)]


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [*_SHARED, _first_line],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _exception_by_place,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},  # a refusal is not news for the operator; the trail has it
        "django.server": {"handlers": [], "propagate": False},  # runserver's access log would show searched names
        "uvicorn": {"handlers": [], "level": "WARNING", "propagate": True},  # its own handler prints whole tracebacks
        "uvicorn.error": {"handlers": [], "propagate": True},
        "daphne": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # logs addresses with their query
    },
}


def configure() -> None:
    """Make structlog speak through the standard library, so that LOGGING decides for both. Called by the settings."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
