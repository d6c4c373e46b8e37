"""Who asks, for the trail: the account and its session from below, profession and structure from the directory.

`settings.AUDIT_ACTOR` names `actor_of`; `audit.services.actor_of` calls it once per request.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from accounts.models import User
from accounts.sessions import authenticated_by, session_hash
from audit.events import Actor
from circles.models import Professional


def actor_of(request: HttpRequest) -> Actor:
    """The person whose session this is; nobody while the second factor is missing."""
    user, key = request.user, request.session.session_key
    if not isinstance(user, User) or key is None:
        return Actor(user_id=None)
    auth = authenticated_by(request.session, user.id)
    if auth is None:
        return Actor(user_id=None)
    return professional_actor(user.id, session=session_hash(key), auth=auth)


def professional_actor(user_id: UUID, *, session: str, auth: str) -> Actor:
    """With the situation that the person acts in by default. One query."""
    acting = Professional.objects.filter(user_id=user_id).values_list(
        "practitioner_role__profession_code", "practitioner_role__organization_id"
    )
    role, org = acting.first() or (None, None)
    return Actor(user_id=user_id, session=session, role=role, org=None if org is None else str(org), auth=auth)
