"""Who acts, for the audit trail: the person of the session in the situation that the directory knows, or the system
of the token.

`settings.AUDIT_ACTOR` names `of_request`; the attic is the only floor that knows sessions and professions at once.
"""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User
from accounts.sessions import authenticated_by, session_hash
from audit.events import Actor
from circles.careteam.bearer import ActingSystem
from circles.selectors import professionals


def of_request(request: HttpRequest) -> Actor:
    """Nobody's Actor when no session is open. One query."""
    system = getattr(request, "auth", None)
    if isinstance(system, ActingSystem):
        return Actor(user_id=None, system_id=system.id, org=str(system.organization), auth="client_credentials")
    user, session = request.user, request.session
    if not isinstance(user, User) or session.session_key is None:
        return Actor(user_id=None)
    card = professionals([user.id]).get(user.id)
    return Actor(
        user_id=user.id,
        session=session_hash(session.session_key),
        role=card.profession.code if card else None,
        org=str(card.organisation.id) if card and card.organisation else None,
        auth=authenticated_by(session, user.id),
    )
