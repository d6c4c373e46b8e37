"""An announcement or an event of a team is brought to its members also when they do not look into the conversation.

Used by `chat.consumers` once the envelope is in the log; the server knows that it is a notice, and not what it says.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from chat.store import Posted
from circles.models import Member, Notice
from circles.notices import tell


@transaction.atomic
def tell_members(author: UUID, placed: Posted) -> None:
    """Whoever sends the same bytes again, because the answer was lost, tells nobody twice."""
    if Notice.objects.filter(what="announced", circle=placed.circle, by=author, created__gte=placed.at).exists():
        return
    members = Member.objects.filter(circle=placed.circle, ended=None)
    tell(users=members.values_list("user_id", flat=True), what="announced", circle_id=placed.circle, by=author)
