"""What `chat` does when a membership starts or ends below it, or a session ends: rights move, sockets close.

Connected in `apps.py`. The membership signals are sent inside the transaction that changes the membership, the
circle locked.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F

from chat.hub import close_user
from chat.models import Group, Leaf
from chat.protocol import Close


def on_membership_started(*, circle_id: UUID, user_id: UUID, **_: object) -> None:
    Group.objects.filter(circle_id=circle_id).update(rights_version=F("rights_version") + 1)


def on_membership_ended(*, circle_id: UUID, user_id: UUID, code: str, **_: object) -> None:
    """Connections ask the gate again, the person's sockets close, and while a leaf is left nothing may be sent."""
    groups = Group.objects.filter(circle_id=circle_id)
    groups.update(rights_version=F("rights_version") + 1)
    if Leaf.objects.filter(group_id=circle_id, device__user_id=user_id).exists():
        groups.update(rekey_required=True)
    transaction.on_commit(partial(close_user, user_id, Close.MEMBERSHIP_ENDED, circle=circle_id, why=code))


def on_session_ended(*, user_id: UUID, session: str | None, **_: object) -> None:
    transaction.on_commit(partial(close_user, user_id, Close.SIGNED_OUT, session=session))
