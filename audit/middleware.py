"""Gives each request its id and the keyed hash of where it comes from, before anything else happens to it.

First in MIDDLEWARE. Read by `audit.services.actor_of`; the socket's consumer makes its own with `new_trace`.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from audit.events import Actor

# Enough to tell networks apart, not households: RFC 6177 gives a site a /48.
PREFIXES: Final = {4: 24, 6: 48}


@dataclass(slots=True)
class Trace:
    """`request.audit`: the request's id (32 hexadecimal digits), its network, and, once known, its actor and the event
    of the act that it asked for.
    """

    req: str
    net: str | None
    actor: Actor | None = None
    event: UUID | None = None


def net_hash(address: str | None) -> str | None:
    """32 hexadecimal digits for the network of an IP address; None when there is none (a unix socket)."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    network = ipaddress.ip_network((ip, PREFIXES[ip.version]), strict=False)
    return hashlib.blake2b(
        network.compressed.encode(), digest_size=16, key=settings.AUDIT_MAC_KEY, person=b"cordee audit net"
    ).hexdigest()


def new_trace(address: str | None) -> Trace:
    return Trace(req=secrets.token_hex(16), net=net_hash(address))


def trace_of(request: HttpRequest) -> Trace:
    """The request's trace; made now for a request that did not pass the middleware."""
    trace = getattr(request, "audit", None)
    if trace is None:
        trace = new_trace(request.META.get("REMOTE_ADDR"))
        request.audit = trace  # type: ignore[attr-defined]  # how Django middleware hands things on
    return cast(Trace, trace)


@sync_and_async_middleware
def request_trace(
    get_response: Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Django middleware: `request.audit`."""
    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            trace_of(request)
            response: HttpResponseBase = await get_response(request)
            return response

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        trace_of(request)
        return get_response(request)

    return synchronous
