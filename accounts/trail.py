"""What signing in leaves in the audit trail.

Used by `accounts.adapters` and `accounts.views`, inside the transaction of the act; relies on `audit.services`.
"""

from __future__ import annotations

from allauth.account.internal.stagekit import get_pending_stage
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest

from accounts.sessions import authenticated_by, session_hash
from audit import services as audit
from audit.events import Actor
from audit.middleware import trace_of

SIGN_IN = "auth.login"
MINOR_FAILURE = 4  # FHIR AuditEvent.outcome: the action was refused, nothing broke


def logged_in(request: HttpRequest, user: AbstractBaseUser) -> None:
    audit.record(SIGN_IN, actor=_actor(request, user))


def logged_out(request: HttpRequest, user: AbstractBaseUser) -> None:
    audit.record("auth.logout", actor=_actor(request, user))


def credentials_changed(request: HttpRequest, user: AbstractBaseUser, *, act: str) -> None:
    """`auth.password` or `auth.factor`."""
    audit.record(act, actor=_actor(request, user))


@transaction.atomic
def refused(request: HttpRequest, *, act: str, error: str) -> None:
    """A refused attempt. The person is named once a first factor was right; an e-mail address alone names nobody."""
    stage = get_pending_stage(request)
    user = stage.login.user if stage else request.user if request.user.is_authenticated else None
    audit.record(act, actor=_actor(request, user), outcome=MINOR_FAILURE, error=error)


def _actor(request: HttpRequest, user: AbstractBaseUser | None) -> Actor:
    """The person as the session stands now: during sign-in it is younger than what `audit.actor_of` has seen."""
    trace, key = trace_of(request), request.session.session_key
    if user is None:
        return Actor(user_id=None, net=trace.net, req=trace.req)
    return Actor(
        user_id=user.pk,
        session=session_hash(key) if key else None,
        auth=authenticated_by(request.session, user.pk) or "pwd",
        net=trace.net,
        req=trace.req,
    )
