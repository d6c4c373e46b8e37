"""Somebody leaves an organisation, as its administrators see to it: places, roles, and, unless they work elsewhere too,
devices and account.

Used by `chat.api_structure`. One transaction: either the person is out, or nothing has happened.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import deactivate_user
from audit import services as audit
from audit.events import Actor
from chat.devices import end_for_person
from chat.models import Device, Group
from circles.errors import NotFound
from circles.rules import check_reason
from circles.services import leave_organisation
from circles.services.departing import Left


@transaction.atomic
def depart(*, actor: Actor, organization_id: UUID, user_id: UUID, reason: str) -> Left:
    """Errors: `not_found`, `bad_input` (the reason), `last_coordinator`, `last_administrator`. `reason` is for the
    trail alone. Lock order: the person, circles in id order, their groups.
    """
    check_reason(reason)
    if not User.objects.select_for_update(no_key=True).filter(id=user_id).exists():
        raise NotFound
    left = leave_organisation(
        actor=actor, user_id=user_id, organization_id=organization_id, may_be_stranded=_has_steward
    )
    if not left.elsewhere:
        for device_id in Device.objects.filter(user_id=user_id, ended=None).values_list("id", flat=True):
            end_for_person(actor=actor, device_id=device_id, reason=reason)
        deactivate_user(actor=actor, user_id=user_id)
    audit.record(
        "person.depart",
        actor=actor,
        obj=("Person", user_id),
        reason=reason,
        detail={"organisation": str(organization_id), "places": left.places, "elsewhere": left.elsewhere},
    )
    return left


def _has_steward(circle_id: UUID) -> bool:
    return Group.objects.filter(circle_id=circle_id, steward__isnull=False).exists()
