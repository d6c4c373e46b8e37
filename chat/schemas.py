"""The bodies and answers of `chat.api`. Bytes travel as strict base64; unknown fields are refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer

from chat.canonical import from_base64, to_base64
from chat.duties import Duties, NewKeys
from chat.escalation import Followed
from chat.log import wire_time
from chat.models import Cursor, EpochKey, Item
from chat.opening import NewGroup
from chat.protocol import COMMIT_LIMIT
from chat.selectors import Begun, Chain, GroupForJoiners, LogPage
from circles.bodies import PatientIn


def _decoded(value: object) -> bytes:
    if isinstance(value, bytes):
        return value  # our own answers
    if not isinstance(value, str):
        raise ValueError("not base64")
    return from_base64(value)


Base64 = Annotated[
    bytes, BeforeValidator(_decoded, json_schema_input_type=str), PlainSerializer(to_base64, return_type=str)
]
Short = Annotated[Base64, Field(max_length=4096)]


class Body(Schema):
    model_config = ConfigDict(extra="forbid")


class Done(Schema):
    pass


class NewGroupIn(Body):
    group_info: Annotated[Base64, Field(max_length=COMMIT_LIMIT)]
    tree: Annotated[Base64, Field(max_length=COMMIT_LIMIT)]
    changes: Annotated[list[Short], Field(min_length=1, max_length=1)]
    keys: dict[UUID, Short]

    def new_group(self) -> NewGroup:
        return NewGroup(group_info=self.group_info, tree=self.tree, changes=tuple(self.changes), keys=self.keys)


class OpenNamedIn(Body):
    """Of a compartment, and of a team."""

    id: UUID
    name: Annotated[str, Field(max_length=200)]
    group: NewGroupIn


class OpenExchangeIn(Body):
    id: UUID
    peer: UUID
    group: NewGroupIn


class OpenCircleIn(Body):
    id: UUID
    kind: Literal["care"]
    patient: PatientIn
    informed_on: date
    ground: Annotated[str, Field(max_length=20)]
    group: NewGroupIn


class PageIn(Body):
    since: Annotated[int, Field(ge=0, lt=2**53)] = 0
    before: Annotated[int, Field(ge=1, lt=2**53)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 200


class GroupOut(Schema):
    epoch: int
    seq: int
    rekey_required: bool
    group_info: Base64
    tree: Base64

    @classmethod
    def of(cls, group: GroupForJoiners) -> GroupOut:
        return cls(
            epoch=group.epoch,
            seq=group.seq,
            rekey_required=group.rekey_required,
            group_info=group.group_info,
            tree=group.tree,
        )


class ChainOut(Schema):
    changes: list[Base64]
    invitation: Base64 | None
    certificates: list[Base64]

    @classmethod
    def of(cls, chain: Chain) -> ChainOut:
        return cls(changes=chain.changes, invitation=chain.invitation, certificates=chain.certificates)


class MessageOut(Schema):
    kind: Literal["message"] = "message"
    seq: int
    at: str
    hash: Base64
    env: Base64 | None
    digest: Base64 | None


class CommitOut(Schema):
    kind: Literal["commit"] = "commit"
    seq: int
    at: str
    hash: Base64
    epoch: int
    commit: Base64
    device: UUID


class GrantOut(Schema):
    kind: Literal["grant"] = "grant"
    seq: int
    at: str
    hash: Base64
    grant: Base64
    device: UUID


class BaseOut(Schema):
    seq: int
    hash: Base64


class ItemsOut(Schema):
    items: list[MessageOut | CommitOut | GrantOut]
    head: int
    base: BaseOut

    @classmethod
    def of(cls, page: LogPage) -> ItemsOut:
        return cls(
            items=[_item(each) for each in page.items],
            head=page.head,
            base=BaseOut(seq=page.base_seq, hash=page.base_hash),
        )


def _item(item: Item) -> MessageOut | CommitOut | GrantOut:
    at, hash_, body = wire_time(item.at), bytes(item.hash), bytes(item.body or b"")
    if item.kind == Item.Kind.COMMIT:
        return CommitOut(seq=item.seq, at=at, hash=hash_, epoch=item.epoch, commit=body, device=item.device_id)
    if item.kind == Item.Kind.GRANT:
        return GrantOut(seq=item.seq, at=at, hash=hash_, grant=body, device=item.device_id)
    # An erased message: the ciphertext is gone, its hash stays so that the log can still be checked.
    return MessageOut(seq=item.seq, at=at, hash=hash_, env=body or None, digest=None if body else bytes(item.digest))


class ReceiptOut(Schema):
    device: UUID
    user: UUID
    env: Base64 | None
    delivered: int


class ReceiptsOut(Schema):
    receipts: list[ReceiptOut]

    @classmethod
    def of(cls, cursors: Iterable[Cursor]) -> ReceiptsOut:
        return cls(
            receipts=[
                ReceiptOut(
                    device=each.device_id,
                    user=each.device.user_id,
                    env=None if each.receipt is None else bytes(each.receipt),
                    delivered=each.delivered,
                )
                for each in cursors
            ]
        )


class KeyOut(Schema):
    circle: UUID
    epoch: int
    sealed: Base64
    grant: UUID | None


class KeysOut(Schema):
    keys: list[KeyOut]

    @classmethod
    def of(cls, keys: Iterable[EpochKey]) -> KeysOut:
        return cls(
            keys=[
                KeyOut(circle=each.group_id, epoch=each.epoch, sealed=bytes(each.sealed), grant=each.grant)
                for each in keys
            ]
        )


class EpochOut(Schema):
    epoch: int
    seq: int
    at: str


class EpochsOut(Schema):
    epochs: list[EpochOut]

    @classmethod
    def of(cls, begun: Iterable[Begun]) -> EpochsOut:
        return cls(epochs=[EpochOut(epoch=each.epoch, seq=each.seq, at=wire_time(each.at)) for each in begun])


class NewKeysOut(Schema):
    user: UUID
    identity_key: Base64
    history_key: Base64
    history_sig: Base64
    since: str

    @classmethod
    def of(cls, new: NewKeys) -> NewKeysOut:
        return cls(
            user=new.user,
            identity_key=bytes(new.keys.identity_key),
            history_key=bytes(new.keys.history_key),
            history_sig=bytes(new.keys.history_sig),
            since=wire_time(new.since),
        )


class SuspectOut(Schema):
    epoch: int
    committer: UUID
    reason: str
    reporters: list[UUID]


class ReminderOut(Schema):
    message: UUID
    reminded: str
    escalated: str | None

    @classmethod
    def of(cls, followed: Followed) -> ReminderOut:
        return cls(
            message=followed.message,
            reminded=wire_time(followed.reminded),
            escalated=None if followed.escalated is None else wire_time(followed.escalated),
        )


class DutiesOut(Schema):
    orders: list[Base64]
    admissions: list[NewKeysOut]
    resets: list[NewKeysOut]
    rotations: list[Base64]
    restorations: list[Base64]
    loans_over: list[UUID]
    reports: list[SuspectOut]
    seen: list[Base64]
    attestations: dict[str, Base64]  # by user
    reminders: list[ReminderOut]

    @classmethod
    def of(cls, duties: Duties) -> DutiesOut:
        return cls(
            orders=duties.orders,
            admissions=[NewKeysOut.of(each) for each in duties.admissions],
            resets=[NewKeysOut.of(each) for each in duties.resets],
            rotations=duties.rotations,
            restorations=duties.restorations,
            loans_over=duties.loans_over,
            reports=[
                SuspectOut(epoch=each.epoch, committer=each.committer, reason=each.reason, reporters=each.reporters)
                for each in duties.reports
            ],
            seen=duties.seen,
            attestations={str(user): raw for user, raw in duties.attestations.items()},
            reminders=[ReminderOut.of(each) for each in duties.reminders],
        )


class SealedIn(Body):
    sealed: Short
