"""What signing in leaves in the audit trail.

Used by `accounts.adapters` and `accounts.views`, inside the transaction that performs the act; relies on `audit.services`.
"""

from __future__ import annotations

import dataclasses

from allauth.account.internal.stagekit import get_pending_stage
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.sessions import authenticated_by, session_hash
from audit.events import Actor

try:  # WHILE THE ROOMS ARE BEING BUILT ONLY
    from audit import services as audit
except ImportError:
    pass

MINOR_FAILURE = 4  # FHIR AuditEvent.outcome: the action was refused, nothing broke


def logged_in(request: HttpRequest, user: User) -> None:
    audit.record("auth.login", actor=_actor(request, user))


def logged_out(request: HttpRequest, user: User) -> None:
    audit.record("auth.logout", actor=_actor(request, user))


def credentials_changed(request: HttpRequest, user: User, *, act: str) -> None:
    """`auth.password` or `auth.factor`."""
    audit.record(act, actor=_actor(request, user))


@transaction.atomic
def sign_in_refused(request: HttpRequest, *, error: str) -> None:
    """A refused attempt. The person is named once a first factor was right; an e-mail address alone names nobody."""
    stage = get_pending_stage(request)
    user = request.user if isinstance(request.user, User) else stage.login.user if stage else None
    audit.record("auth.login", actor=_actor(request, user), outcome=MINOR_FAILURE, error=error)


def _actor(request: HttpRequest, user: User | None) -> Actor:
    """The actor as the session stands now: during sign-in it is younger than what the request arrived with."""
    key = request.session.session_key
    return dataclasses.replace(
        audit.actor_of(request),
        user_id=user.id if user else None,
        session=session_hash(key) if user and key else None,
        auth=authenticated_by(request.session, user.id) or "pwd" if user else None,
    )
