"""Reading the letters that wait, for the tests of who is written to and with which link."""

from __future__ import annotations

import re
from dataclasses import dataclass

from accounts.letters import _message
from accounts.models import Letter


@dataclass(frozen=True, slots=True)
class Read:
    to: str
    subject: str
    body: str

    @property
    def token(self) -> str:
        """The secret of the link in it."""
        (found,) = re.findall(r"/bienvenue#([0-9a-f]{64})\n", self.body)
        return str(found)


def waiting() -> list[Read]:
    """The oldest first, as they will be sent."""
    messages = (_message(letter) for letter in Letter.objects.filter(state="waiting").order_by("created", "id"))
    return [Read(message.to[0], str(message.subject), str(message.body)) for message in messages]
