"""How often an operation that needs no session may be asked, by network address.

Used by doors of `circles`; relies on allauth's counting in Redis, as the rates of signing in do.
"""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from accounts.errors import TooMany


def check_rate(request: HttpRequest, *, action: str, rate: str) -> None:
    """`rate` as allauth writes it: `30/m/ip`. Raises TooMany."""
    if not ratelimit.consume(request, app="cordee", action=action, config={action: rate}):
        raise TooMany
