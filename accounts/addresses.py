"""What can be written to: the one check of every address that somebody typed or a directory brought."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.errors import BadAddress
from accounts.models import EMAIL_LENGTH


def address(text: str) -> str:
    """The address without spaces around it. Raises BadAddress."""
    stripped = text.strip()
    try:
        validate_email(stripped)
    except ValidationError as error:
        raise BadAddress from error
    if len(stripped) > EMAIL_LENGTH:
        raise BadAddress
    return stripped
