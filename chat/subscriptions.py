"""A device may be woken by push, or no more. Used by `chat.api_reaching`; `chat.devices` forgets the subscriptions of
devices that end, `chat.waking` those that their push service has forgotten.
"""

from __future__ import annotations

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction

from audit.events import Actor
from audit.services import record
from chat.devices import active_device
from chat.errors import ChatError
from chat.models import PushSubscription
from chat.push import is_push_service


@transaction.atomic
def subscribe(*, actor: Actor, user_id: UUID, device_id: UUID, endpoint: str, p256dh: bytes, auth: bytes) -> None:
    """The device's browser may be woken there. Refuses with `not_found`, `push_unavailable`, `bad_subscription`."""
    device, _ = active_device(user_id, device_id)
    if settings.PUSH_KEY is None:
        raise ChatError("push_unavailable", status=409)
    if not is_push_service(endpoint) or len(auth) != 16 or not _is_point(p256dh):
        raise ChatError("bad_subscription", status=422)
    # A browser has one endpoint: whoever used it before on another device of this profile is woken no more.
    PushSubscription.objects.filter(endpoint=endpoint).exclude(device=device).delete()
    PushSubscription.objects.update_or_create(
        device=device, defaults={"endpoint": endpoint, "p256dh": p256dh, "auth": auth, "paused": None}
    )
    record("push.subscribe", actor=actor, obj=("Device", device.id))


@transaction.atomic
def unsubscribe(*, actor: Actor, user_id: UUID, device_id: UUID) -> None:
    """Refuses with `not_found`. One that is not subscribed stays so."""
    active_device(user_id, device_id)
    PushSubscription.objects.filter(device=device_id).delete()
    record("push.unsubscribe", actor=actor, obj=("Device", device_id))


def _is_point(p256dh: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except ValueError:
        return False
    return len(p256dh) == 65
