"""What is stored of a circle, as a test checks it: nothing by a refusal, one unbroken log by everything else.

Used by the integration tests of `chat` in a process whose Django works on the server's database.
"""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from django.db import connection

from chat.envelope import Kind
from chat.log import hash_at
from chat.models import Change, Cursor, EpochKey, Group, Item, Leaf
from circles.models import Circle, Invitation, Member

STORED = (Circle, Group, Item, Leaf, Change, EpochKey, Cursor, Invitation, Member)


def stored_rows() -> dict[str, int]:
    """How much there is of everything that a frame could have stored, and how far all logs and epochs are."""
    heads = Group.objects.values_list("seq", "epoch", "rights_version")
    return {model.__name__: model._default_manager.count() for model in STORED} | {
        "places": sum(seq for seq, _, _ in heads),
        "epochs": sum(epoch for _, epoch, _ in heads),
        "rights": sum(version for _, _, version in heads),
    }


def check_log(circle_id: UUID) -> list[Item]:
    """The whole log of a circle, after making sure of it: no hole, each hash follows from the one before, each message
    is of the epoch that the last commit before it made, and each item's event was written by the same transaction; only
    a message that a later item erases has lost its bytes.
    """
    items = list(Item.objects.filter(group_id=circle_id).order_by("seq").select_related("event"))
    hash_, epoch, erased = bytes(32), 0, _erased(items)
    for place, item in enumerate(items, 1):
        assert item.seq == place
        hash_ = hash_at(hash_, place, bytes(item.digest))
        assert bytes(item.hash) == hash_
        if item.body is None:
            assert bytes(item.digest) in erased
        else:
            assert sha256(item.body).digest() == bytes(item.digest)
        if item.kind == Item.Kind.COMMIT:
            epoch += 1
        assert item.epoch == epoch
        assert item.event.act == _act_of(item)
        assert item.event.out == 0
    group = Group.objects.get(circle_id=circle_id)
    assert (group.seq, group.epoch, bytes(group.log_hash)) == (len(items), epoch, hash_)
    assert _written_apart(circle_id) == 0
    return items


def _act_of(item: Item) -> str:
    if item.kind == Item.Kind.COMMIT:
        return "mls.commit"
    if item.kind == Item.Kind.GRANT:
        return "history.grant"
    kind = Kind.MESSAGE if item.body is None else Kind(bytes(item.body)[1])
    acts = {Kind.ACK: "message.ack", Kind.ERASE: "message.erase", Kind.NOTICE: "announcement.post"}
    return acts.get(kind, "message.send")


def _erased(items: list[Item]) -> set[bytes]:
    """Digests of the messages that erasures of this log name."""
    bodies = [bytes(item.body) for item in items if item.kind == Item.Kind.MESSAGE and item.body is not None]
    return {body[138:170] for body in bodies if body[1] == Kind.ERASE}


def _written_apart(circle_id: UUID) -> int:
    """How many items stand in another transaction than their event: `xmin` is the low half of the event's xid. What
    was erased since stands in the erasure's.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM chat_item JOIN audit_event ON audit_event.id = chat_item.event_id
            WHERE group_id = %s AND body IS NOT NULL
                AND chat_item.xmin::text::bigint <> audit_event.xid::text::bigint %% 4294967296
            """,
            [circle_id],
        )
        return int(cursor.fetchone()[0])
