"""Who has not read what was written: a round of `manage.py tend` that goes through the circles' logs as they grow.

The server knows no positions of reading (they are encrypted); it knows when a person last sent one for a circle. What
`chat.waking` and `chat.mailing` bring to people is made here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from chat.models import FollowedUntil

# The newest moments are left to the next go: their items may not be committed yet, and whoever is there acknowledges.
SETTLED: Final = timedelta(seconds=3)
# What was committed late is looked at again: the same rows come out.
OVERLAP: Final = timedelta(seconds=20)
# A server that was down does not wake people for what is older.
LOOKED_BACK: Final = timedelta(hours=12)

NOTE = """
    INSERT INTO chat_waiting (group_id, user_id, since, seq, urgent)
    SELECT said.group_id, member.user_id, min(said.at), max(said.seq), bool_or(said.urgent)
    FROM chat_item said
    JOIN chat_device author ON author.id = said.device_id
    JOIN circles_member member ON member.circle_id = said.group_id AND member.ended IS NULL
        AND (member.not_after IS NULL OR member.not_after > now())
        AND member.user_id <> author.user_id AND member.joined <= said.at
    JOIN accounts_user person ON person.id = member.user_id AND person.is_active
    WHERE said.kind = 1 AND said.answers IS NULL AND said.body IS NOT NULL AND get_byte(said.body, 1) IN (1, 2)
        AND said.at > %s AND said.at <= %s
        AND NOT EXISTS (
            SELECT 1 FROM chat_cursor cursor JOIN chat_device device ON device.id = cursor.device_id
            WHERE cursor.group_id = said.group_id AND device.user_id = member.user_id AND cursor.read_at >= said.at
        )
    GROUP BY said.group_id, member.user_id
    ON CONFLICT (user_id, group_id) DO UPDATE SET
        seq = excluded.seq,
        urgent = chat_waiting.urgent OR excluded.urgent,
        -- News after what they were told of: told again.
        pushed = CASE WHEN excluded.seq > chat_waiting.seq THEN NULL ELSE chat_waiting.pushed END,
        mailed = CASE WHEN excluded.seq > chat_waiting.seq THEN NULL ELSE chat_waiting.mailed END
"""
FORGET = """
    DELETE FROM chat_waiting waiting
    WHERE EXISTS (
        SELECT 1 FROM chat_cursor cursor JOIN chat_device device ON device.id = cursor.device_id
        WHERE cursor.group_id = waiting.group_id AND device.user_id = waiting.user_id
            AND cursor.read_at >= waiting.since
    ) OR NOT EXISTS (
        SELECT 1 FROM circles_member member
        WHERE member.circle_id = waiting.group_id AND member.user_id = waiting.user_id AND member.ended IS NULL
    )
"""


@transaction.atomic
def follow_logs() -> int:
    """Note for whom the new messages wait, and forget what was read or is theirs no more; how many rows changed."""
    now = timezone.now()
    FollowedUntil.objects.get_or_create(id=1, defaults={"until": now - SETTLED})
    followed = FollowedUntil.objects.select_for_update(skip_locked=True).filter(id=1).first()
    if followed is None:  # another process is at it
        return 0
    begin = max(followed.until - OVERLAP, now - LOOKED_BACK)
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [begin, now - SETTLED])
        noted: int = cursor.rowcount
        cursor.execute(FORGET)
        forgotten: int = cursor.rowcount
    followed.until = now - SETTLED
    followed.save(update_fields=("until",))
    return noted + forgotten
