"""`manage.py tend [--every SECONDS]`: what has to happen at its time although nobody asks.

The second process of an installation. Goes through ROUNDS again and again until SIGTERM. A round claims rows in short
transactions, passes over those that somebody else holds and says how many it did; so any number of these processes may
run, and each may be ended anywhere. A round that fails is logged and comes again; the others go on.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from threading import Event
from typing import Final

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from accounts.letters import send_due
from chat.escalation import follow_up
from chat.mailing import write_to_absent
from chat.waiting import follow_logs
from chat.waking import wake
from circles.careteam.systems import forget_tokens
from circles.services import (
    end_break_glasses,
    expire_invitations,
    expire_memberships,
    forget_addresses,
    return_loans,
    warn_of_ends,
)
from compliance.certifying import forget_certificates
from compliance.exports.jobs import make_exports
from compliance.findings.rounds import find_what_stands_out

Round = Callable[[], int]

# A place is over at most a minute after its end date (product.md): the wait is a quarter of that.
EVERY_SECONDS: Final = 15.0
ROUNDS: Final[tuple[Round, ...]] = (
    expire_memberships,
    expire_invitations,
    end_break_glasses,
    follow_up,
    follow_logs,
    wake,
    write_to_absent,
    send_due,
    forget_tokens,
    return_loans,
    warn_of_ends,
    forget_addresses,
    find_what_stands_out,
    forget_certificates,
    make_exports,
)

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Go through everything that has to happen by itself, until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds between two goes")

    def handle(self, *args: object, every: float, **options: object) -> None:
        ended = Event()
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: ended.set())
        log.info("tend.begun")
        while True:
            go_round(ROUNDS)
            if ended.wait(every):
                return


def go_round(rounds: Iterable[Round]) -> None:
    """Each round once."""
    for each in rounds:
        name = f"{each.__module__}.{each.__qualname__}"
        close_old_connections()  # one that broke is not used again
        try:
            done = each()
        except Exception:
            log.exception("tend.failed", round=name)
        else:
            if done:
                log.info("tend.done", round=name, count=done)
