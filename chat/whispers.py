"""What `chat` does when a membership starts or ends below it, or a session ends: rights move, sockets close, the
group is ordered to follow.

Connected in `apps.py`. The signals of `circles` are sent inside the transaction that changes the place, the circle
locked.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F

from chat import orders, telling
from chat.hub import close_user
from chat.models import Group
from chat.protocol import Close
from chat.statements.orders import EndCode


def on_membership_started(*, circle_id: UUID, user_id: UUID, **_: object) -> None:
    Group.objects.filter(circle_id=circle_id).update(rights_version=F("rights_version") + 1)


def on_membership_ended(*, circle_id: UUID, user_id: UUID, code: EndCode, **_: object) -> None:
    """Connections ask the gate again, the person's sockets close, and any member's device may commit the removal."""
    Group.objects.filter(circle_id=circle_id).update(rights_version=F("rights_version") + 1)
    _order_out(circle_id, user_id, code)
    transaction.on_commit(partial(close_user, user_id, Close.MEMBERSHIP_ENDED, circle=circle_id, why=code))


def on_invitation_ended(*, circle_id: UUID, user_id: UUID, code: EndCode, **_: object) -> None:
    _order_out(circle_id, user_id, code)


def _order_out(circle_id: UUID, user_id: UUID, code: EndCode) -> None:
    """Where a commit ended the place there is nothing to order: its policy is the group's already."""
    group = Group.objects.select_for_update().filter(circle_id=circle_id).first()
    if group is not None and orders.is_in_policy(group, user_id):
        orders.issue(group=group, user_id=user_id, code=code)


def on_circle_state_changed(*, circle_id: UUID, user_ids: Collection[UUID], **_: object) -> None:
    """Connections ask the gate again: what was waiting to be written finds the circle closed."""
    Group.objects.filter(circle_id=circle_id).update(rights_version=F("rights_version") + 1)
    telling.circle_changed(circle_id)
    telling.circles_changed(user_ids, circle_id)


def on_admission_asked(*, circle_id: UUID, **_: object) -> None:
    telling.circle_changed(circle_id)


def on_patient_changed(*, circle_ids: Collection[UUID], **_: object) -> None:
    for circle_id in circle_ids:
        telling.circle_changed(circle_id)


def on_noticed(*, user_ids: Collection[UUID], **_: object) -> None:
    for user_id in user_ids:
        telling.notices_changed(user_id)


def on_session_ended(*, user_id: UUID, session: str | None, **_: object) -> None:
    transaction.on_commit(partial(close_user, user_id, Close.SIGNED_OUT, session=session))
