"""What a door declares: the act it performs, or why it needs no trace. And the trace of what it refuses.

    @router.get("/circles/{circle_id}")
    @audited("circle.read")
    def read_circle(request: SignedInRequest, circle_id: UUID) -> CircleDetail: …

    ACTIONS = {"join": audited("circle.listen")(join), "ping": not_audited("says nothing and shows nothing")(ping)}

Used by every `api.py` and by `chat.consumers`; tests/integration/test_audit_coverage.py fails on a door without
either. An audited HTTP operation is one transaction: the acts inside it and their events stand or fall together,
before the first byte leaves.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Any, Final, Protocol, TypeVar, cast
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja.decorators import decorate_view

from audit.acts import ACTS
from audit.errors import Untraced
from audit.events import Actor
from audit.middleware import trace_of
from audit.services import actor_of, record, record_refusal, recorded

R = TypeVar("R")
Door = TypeVar("Door", bound=Callable[..., Any])

_MARK: Final = "audit_declared"
UNEXPECTED: Final = "internal"
EVENT_HEADER: Final = "Cordee-Event"  # of an act that was done: whoever did it may ask for its receipt


@dataclass(frozen=True, slots=True)
class Declared:
    """`act` of an audited door, or `reason` of one that is not."""

    act: str | None
    reason: str | None


class Acting(Protocol):
    """A socket's consumer: `actor` is None until the device has said hello."""

    actor: Actor | None


def audited(act: str) -> Callable[[Door], Door]:
    """Declare the act that a door performs. KeyError, when the module loads, for an act outside the vocabulary.

    On an HTTP operation (a plain function of a request): it runs in one transaction. An operation that changes
    something must have recorded `act` in it, or Untraced rolls everything back; for a disclosure the event is written
    here if the operation has not, with the circle that the path names (`circle_id`). Refusals, also those before the
    operation (signed out, bad input), are traced after the roll-back with the code that the client is told.

    On a socket action (`async def action(consumer, frame)`): refusals are traced; what succeeds is recorded by the
    service it calls.
    """
    reads = ACTS[act].reads

    def declare(door: Door) -> Door:
        if iscoroutinefunction(door):
            declared = _action(act, door)
        else:
            declared = decorate_view(_refusals(act))(_operation(act, door, reads=reads))
        setattr(declared, _MARK, Declared(act=act, reason=None))
        return cast(Door, declared)

    return declare


def not_audited(reason: str) -> Callable[[Door], Door]:
    """Declare that a door needs no trace, and why."""
    if not reason:
        raise ValueError("Say why this door needs no trace.")

    def declare(door: Door) -> Door:
        setattr(door, _MARK, Declared(act=None, reason=reason))
        return door

    return declare


def declared_act(operation: Callable[..., Any]) -> Declared | None:
    """What was declared of an operation or action; None when nothing was."""
    return getattr(operation, _MARK, None)


def _operation(act: str, operation: Callable[..., R], *, reads: bool) -> Callable[..., R]:
    @wraps(operation)
    def traced(request: HttpRequest, *args: Any, **kwargs: Any) -> R:
        with transaction.atomic():
            answer = operation(request, *args, **kwargs)
            event = recorded(act)
            if event is None:
                if not reads:
                    raise Untraced(f"{operation.__module__}.{operation.__qualname__} has not recorded {act}.")
                event = record(act, actor=actor_of(request), circle_id=kwargs.get("circle_id"))
        trace_of(request).event = event
        return answer

    # ninja resolves annotations in the globals of the function that it is given: these are ours, not the operation's.
    traced.__signature__ = signature(operation, eval_str=True)  # type: ignore[attr-defined]
    return traced


def _refusals(act: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Around ninja's whole run of an operation: authentication, parsing, the operation, errors turned into answers."""

    def around(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(run)
        def traced(request: HttpRequest, **path: Any) -> HttpResponse:
            response = run(request, **path)
            if response.status_code >= 400:
                record_refusal(
                    act,
                    actor=actor_of(request),
                    status=response.status_code,
                    code=_told(response),
                    circle_id=_uuid(path.get("circle_id")),
                )
            elif event := trace_of(request).event:
                response[EVENT_HEADER] = str(event)
            return response

        return traced

    return around


def _action(act: str, action: Callable[..., Awaitable[R]]) -> Callable[..., Awaitable[R]]:
    @wraps(action)
    async def traced(consumer: Acting, *args: Any) -> R:
        try:
            return await action(consumer, *args)
        except Exception as refusal:
            if consumer.actor is not None:
                await database_sync_to_async(record_refusal)(
                    act,
                    actor=consumer.actor,
                    status=getattr(refusal, "status", 500),
                    code=getattr(refusal, "code", UNEXPECTED),
                    circle_id=getattr(args[0], "circle", None) if args else None,
                )
            raise

    return traced


def _told(response: HttpResponse) -> str:
    """The stable code in the answer's body."""
    try:
        return str(json.loads(response.content)["code"])
    except (ValueError, KeyError, TypeError):
        return f"http_{response.status_code}"


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
