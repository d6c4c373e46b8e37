"""Every frame of the socket, its limits, close codes and version (docs/protocol.md). Pure.

Frames are JSON; bytes are base64. The browser's types are generated from this file
(`frontend/src/core/api/frames.ts`), and a test fails when they are stale.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

VERSION: Final = 1
SUBPROTOCOL: Final = "cordee.v1"
FRAME_LIMIT: Final = 64 * 1024  # an envelope of 47 KiB as base64, and its frame
COMMIT_LIMIT: Final = 512 * 1024  # an update path of 500 leaves and 250 sealed keys; or 4,000 granted keys
HELLO_SECONDS: Final = 10.0


class Close(IntEnum):
    """WebSocket close codes of ours."""

    BAD_FRAME = 4400
    SIGNED_OUT = 4401
    MEMBERSHIP_ENDED = 4403
    HELLO_TIMEOUT = 4408
    RESYNC = 4409
    DEVICE_ENDED = 4410
    VERSION = 4426
    TOO_MANY = 4429


class Frame(msgspec.Struct, tag_field="t", frozen=True, forbid_unknown_fields=True):
    """A frame that a client sends."""


class Hello(Frame, tag="hello", frozen=True):
    v: int
    device: UUID
    sig: bytes


class Join(Frame, tag="join", frozen=True):
    circle: UUID


class Leave(Frame, tag="leave", frozen=True):
    circle: UUID


class Sealed(Frame, frozen=True):
    env: bytes

    @property
    def circle(self) -> UUID | None:
        """The circle that the envelope's header claims, for the trace of a refusal."""
        return UUID(bytes=self.env[2:18]) if len(self.env) >= 18 else None


class Send(Sealed, tag="send", frozen=True):
    """`answers`: of an acknowledgement, the urgent message that it is about; `takes`: and its sender sees to it."""

    answers: UUID | None = None
    takes: bool = False


class Receipt(Sealed, tag="receipt", frozen=True):
    pass


class Received(Frame, tag="received", frozen=True):
    circle: UUID
    seq: int


class Stated(Frame, frozen=True):
    statement: bytes

    @property
    def circle(self) -> UUID | None:
        """The circle that the statement claims, for the trace of a refusal."""
        try:
            return _claim.decode(self.statement).circle
        except _NOT_JSON:
            return None


class Seen(Stated, tag="seen", frozen=True):
    pass


class Report(Stated, tag="report", frozen=True):
    pass


class Ping(Frame, tag="ping", frozen=True):
    pass


class Act(msgspec.Struct, tag_field="do", frozen=True, forbid_unknown_fields=True):
    """What the tables need to know of a commit and the chain does not carry."""


class ConsentGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The patient's prior consent, for the ground `outside_team`; the inviter records it."""

    given_on: date
    how: Literal["spoken", "written", "electronic"]


class InviteAct(Act, tag="invite", frozen=True):
    role_id: UUID
    invitation: bytes
    consent: ConsentGiven | None = None
    for_: UUID | None = msgspec.field(default=None, name="for")  # whose secretariat a delegate is


class EndAct(Act, tag="end", frozen=True):
    user: UUID
    code: Literal["removed", "declined", "left", "expired", "withdrawn", "opposition"]
    reason: str


class JoinAct(Act, tag="join", frozen=True):
    pass


class UpdateAct(Act, tag="update", frozen=True):
    pass


class PolicyAct(Act, tag="policy", frozen=True):
    """Changes that the chain says completely: admit, role, revoke, rotate, reset, restore."""


class HandOverAct(Act, tag="hand_over", frozen=True):
    """Coordination passes to a member: `until` a day, or for good."""

    to: UUID
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None


class Commit(Frame, tag="commit", frozen=True):
    ref: UUID
    circle: UUID
    commit: bytes
    external_pub: bytes
    group_info_sig: bytes
    keys: dict[UUID, bytes]
    act: InviteAct | EndAct | JoinAct | UpdateAct | PolicyAct | HandOverAct


class Grant(Frame, tag="grant", frozen=True):
    ref: UUID
    circle: UUID
    grant: bytes
    keys: dict[int, bytes]


ClientFrame = Hello | Join | Leave | Send | Receipt | Received | Seen | Report | Ping | Commit | Grant


class ServerFrame(msgspec.Struct, tag_field="t", frozen=True):
    """A frame that the server sends."""


class Challenge(ServerFrame, tag="challenge", frozen=True):
    nonce: bytes


class Ready(ServerFrame, tag="ready", frozen=True):
    now: str
    device: UUID


class Joined(ServerFrame, tag="joined", frozen=True):
    circle: UUID
    seq: int
    epoch: int
    rekey_required: bool
    rv: int
    abilities: list[str]


class MessageItem(ServerFrame, tag="item", frozen=True):
    circle: UUID
    seq: int
    at: str
    hash: bytes
    env: bytes | None
    digest: bytes | None = None
    kind: Literal["message"] = "message"


class CommitItem(ServerFrame, tag="item", frozen=True):
    circle: UUID
    seq: int
    at: str
    hash: bytes
    epoch: int
    commit: bytes
    device: UUID
    kind: Literal["commit"] = "commit"


class GrantItem(ServerFrame, tag="item", frozen=True):
    circle: UUID
    seq: int
    at: str
    hash: bytes
    grant: bytes
    device: UUID
    kind: Literal["grant"] = "grant"


class Ack(ServerFrame, tag="ack", frozen=True):
    id: UUID
    circle: UUID
    seq: int
    at: str
    hash: bytes


class Committed(ServerFrame, tag="committed", frozen=True):
    ref: UUID
    circle: UUID
    seq: int
    epoch: int
    hash: bytes


class Granted(ServerFrame, tag="granted", frozen=True):
    ref: UUID
    circle: UUID
    seq: int
    hash: bytes


class SeenBy(ServerFrame, tag="seen", frozen=True):
    circle: UUID
    statement: bytes


class ReceiptOf(ServerFrame, tag="receipt", frozen=True):
    circle: UUID
    device: UUID
    user: UUID
    env: bytes


class Delivered(ServerFrame, tag="delivered", frozen=True):
    circle: UUID
    device: UUID
    user: UUID
    seq: int


class Changed(ServerFrame, tag="changed", frozen=True):
    what: Literal["circles", "invitations", "circle", "devices", "notices"]
    circle: UUID | None


class Left(ServerFrame, tag="left", frozen=True):
    circle: UUID
    code: str


class Error(ServerFrame, tag="error", frozen=True):
    code: str
    ref: UUID | None = None
    circle: UUID | None = None


class Pong(ServerFrame, tag="pong", frozen=True):
    pass


class BadFrame(Exception):
    """`code` is `bad_frame`, `unknown_frame` or `frame_too_large`; the connection may stay."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_decoder: Final[msgspec.json.Decoder[ClientFrame]] = msgspec.json.Decoder(ClientFrame)


class _Claim(msgspec.Struct):
    circle: UUID


_claim: Final[msgspec.json.Decoder[_Claim]] = msgspec.json.Decoder(_Claim)
_fields: Final[msgspec.json.Decoder[dict[str, msgspec.Raw]]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
encode: Final = msgspec.json.Encoder().encode

# msgspec leaves what is not UTF-8 to Python, and what is too deep to its stack.
_NOT_JSON: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
KINDS: Final = frozenset(
    {"hello", "join", "leave", "send", "receipt", "received", "seen", "report", "ping", "commit", "grant"}
)


def decode(data: bytes) -> ClientFrame:
    """Raises BadFrame; unknown fields are refused."""
    if len(data) > COMMIT_LIMIT:
        raise BadFrame("frame_too_large")
    try:
        frame = _decoder.decode(data)
    except _NOT_JSON as error:
        raise BadFrame(_why(data)) from error
    if len(data) > FRAME_LIMIT and not isinstance(frame, Commit | Grant):
        raise BadFrame("frame_too_large")
    return frame


def _why(data: bytes) -> str:
    """Tells a frame of a later version from one that is broken."""
    if len(data) > FRAME_LIMIT:
        return "frame_too_large"
    try:
        kind = msgspec.json.decode(_fields.decode(data)["t"], type=str)
    except (*_NOT_JSON, KeyError):
        return "bad_frame"
    return "bad_frame" if kind in KINDS else "unknown_frame"
