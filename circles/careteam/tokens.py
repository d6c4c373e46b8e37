"""`POST /oauth/token`: a system shows its secret and gets a token for ten minutes (RFC 6749 §4.4).

django-oauth-toolkit does it; here it is limited and traced. The address is in `config.urls`.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from allauth.core import ratelimit
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from oauth2_provider.views.base import TokenView

from audit.events import Actor
from audit.middleware import trace_of
from audit.services import record, record_refusal
from circles.careteam.models import System


class Token(TokenView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not ratelimit.consume(request, action="system_login"):
            return JsonResponse({"error": "slow_down"}, status=429)
        system = System.objects.filter(client_id=_client_id(request)).first()
        with transaction.atomic():
            response: HttpResponse = super().post(request, *args, **kwargs)
            if response.status_code == 200 and system is not None:
                record("system.login", actor=actor_for(request, system), obj=("System", system.id))
        if response.status_code != 200 and system is not None:
            actor = actor_for(request, system)
            record_refusal("system.login", actor=actor, status=response.status_code, code="invalid_client")
        return response


def actor_for(request: HttpRequest, system: System) -> Actor:
    trace = trace_of(request)
    return Actor(
        user_id=None,
        system_id=system.id,
        org=str(system.organization_id),
        auth="client_credentials",
        net=trace.net,
        req=trace.req,
    )


def _client_id(request: HttpRequest) -> str:
    """Whom the request says it is, by Basic authentication or in its body: for the trail, not for trust."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return str(request.POST.get("client_id", ""))
    try:
        return base64.b64decode(encoded).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
