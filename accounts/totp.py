"""Time-based codes (RFC 6238) that work once, with one step of tolerance either way.

Used by `accounts.views` and the demo's `totp_code`; relies on allauth's enrolment, rate limits and HOTP, and on the row
of the authenticator to remember the last step. allauth alone remembers used codes in the cache for a single step, and
would accept them again within the tolerance.
"""

from __future__ import annotations

import time

from allauth.core.internal.cryptokit import compare_user_code
from allauth.headless.mfa import inputs
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import transaction

STEP_SECONDS = 30


def code_at(secret: str, step: int) -> str:
    """The six digits of `secret` (base32) in the given step of 30 seconds since 1970."""
    return format_hotp_value(hotp_value(secret, step))


@transaction.atomic
def claim_code(*, authenticator_id: int, code: str, now: float) -> bool:
    """Whether `code` belongs to a step later than any accepted before; the claim is kept (RFC 6238 §5.2)."""
    authenticator = Authenticator.objects.select_for_update().get(id=authenticator_id)
    secret = get_adapter().decrypt(authenticator.data["secret"])
    current = int(now) // STEP_SECONDS
    for step in (current - 1, current, current + 1):
        fresh = step > authenticator.data.get("last_step", 0)
        if fresh and compare_user_code(actual=code, expected=code_at(secret, step)):
            authenticator.data["last_step"] = step
            authenticator.save(update_fields=["data"])
            return True
    return False


class _OneTimeCode(BaseAuthenticateForm):
    """allauth finds the factor that the code fits, and remembers used recovery codes; used codes of time are ours."""

    authenticator: Authenticator

    def clean_code(self) -> str:
        code = super().clean_code()
        authenticator = self.authenticator
        if authenticator.type != Authenticator.Type.TOTP:
            return code
        if claim_code(authenticator_id=authenticator.id, code=code, now=time.time()):
            return code
        # The form forgot the attempts when it recognised the code; a replayed one counts.
        check_rate_limit(self.user)
        raise get_adapter().validation_error("incorrect_code")


class AuthenticateInput(_OneTimeCode, inputs.AuthenticateInput):
    pass


class ReauthenticateInput(_OneTimeCode, inputs.ReauthenticateInput):
    pass
