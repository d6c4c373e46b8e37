"""HTTP of how a person is reached beyond an open page (docs/protocol.md). Everything here is one's own.

Thin doors: decode, one service or selector, answer.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated
from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of
from chat import preferences, subscriptions
from chat.push import application_key
from chat.schemas import Base64, Body, Done

router = Router(auth=signed_in, tags=["reaching"])


class PushKeyOut(Schema):
    key: str | None


class SubscriptionIn(Body):
    endpoint: Annotated[str, Field(max_length=1024)]
    p256dh: Annotated[Base64, Field(max_length=65)]
    auth: Annotated[Base64, Field(max_length=16)]


class QuietHours(Body):
    begin: time
    end: time


class PreferencesBody(Body):
    mail: bool
    quiet: QuietHours | None
    zone: Annotated[str, Field(max_length=64)]


@router.get("/push", response=PushKeyOut)
@not_audited("The server's own public key, the same for everybody.")
def read_push_key(request: SignedInRequest) -> PushKeyOut:
    return PushKeyOut(key=application_key())


@router.put("/devices/{device_id}/push", response=Done)
@audited("push.subscribe")
def subscribe(request: SignedInRequest, device_id: UUID, body: SubscriptionIn) -> Done:
    subscriptions.subscribe(
        actor=actor_of(request),
        user_id=request.user.id,
        device_id=device_id,
        endpoint=body.endpoint,
        p256dh=body.p256dh,
        auth=body.auth,
    )
    return Done()


@router.delete("/devices/{device_id}/push", response=Done)
@audited("push.unsubscribe")
def unsubscribe(request: SignedInRequest, device_id: UUID) -> Done:
    subscriptions.unsubscribe(actor=actor_of(request), user_id=request.user.id, device_id=device_id)
    return Done()


@router.get("/preferences", response=PreferencesBody)
@not_audited("Shows a person nothing but what they prefer.")
def read_preferences(request: SignedInRequest) -> PreferencesBody:
    held = preferences.preferences_of(request.user.id)
    quiet = None if held.quiet is None else QuietHours(begin=held.quiet.begin, end=held.quiet.end)
    return PreferencesBody(mail=held.mail, quiet=quiet, zone=held.zone)


@router.put("/preferences", response=Done)
@audited("profile.update")
def write_preferences(request: SignedInRequest, body: PreferencesBody) -> Done:
    quiet = None if body.quiet is None else preferences.Quiet(begin=body.quiet.begin, end=body.quiet.end)
    wanted = preferences.Preferences(mail=body.mail, quiet=quiet, zone=body.zone)
    preferences.prefer(actor=actor_of(request), user_id=request.user.id, preferences=wanted)
    return Done()
