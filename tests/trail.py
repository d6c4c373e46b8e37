"""Acts for the tests of the trail: something that is written together with its event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from uuid_utils.compat import uuid7

from audit.events import Actor
from audit.services import record

NURSE = Actor(
    user_id=uuid7(), session="5" * 32, role="60", org=str(uuid7()), auth="pwd+totp", net="e" * 32, req="f" * 32
)
CIRCLE, PATIENT = uuid7(), uuid7()


def act(session: str = "s1", circle: UUID = CIRCLE, **more: Any) -> UUID:
    """A session row of this name, and the event of its reading a circle; returns the event's id."""
    with transaction.atomic():
        Session.objects.create(session_key=session, session_data="", expire_date=datetime.now(UTC))
        return record("circle.read", actor=NURSE, circle_id=circle, patient_id=PATIENT, **more)
