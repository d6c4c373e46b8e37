"""What this room refuses. `config/api.py` turns `code` and `status` into the answer."""

from __future__ import annotations


class AccountError(Exception):
    code = "account_error"
    status = 400

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class SignedOut(AccountError):
    code = "signed_out"
    status = 401


class MfaRequired(AccountError):
    """The password was right, the second factor was never shown: such a session may only enrol one."""

    code = "mfa_required"
    status = 401


class CsrfFailed(AccountError):
    code = "csrf_failed"
    status = 403


class EmailTaken(AccountError):
    code = "email_taken"
    status = 409


class AccountOpen(AccountError):
    """A reserved account that somebody has claimed is no longer to be had."""

    code = "account_open"
    status = 409


class TooMany(AccountError):
    """Slow down."""

    code = "too_many"
    status = 429


class WeakPassword(AccountError):
    code = "weak_password"
    status = 422


class IdentityBound(AccountError):
    """First binding wins: another key needs the old key's signature or a reset that coordinators confirm."""

    code = "identity_bound"
    status = 409


class IdentityMissing(AccountError):
    """There is no key yet that another could take the place of."""

    code = "identity_missing"
    status = 409


class ReauthenticationRequired(AccountError):
    """The session is right, but it was opened too long ago for this: a second factor again."""

    code = "reauthentication_required"
    status = 401


class BadIdentity(AccountError):
    """A key has a wrong length, or the signature over the history key does not verify under the identity key."""

    code = "bad_signature"
    status = 422


class BadAddress(AccountError):
    """Nobody can be written to there."""

    code = "bad_address"
    status = 422
