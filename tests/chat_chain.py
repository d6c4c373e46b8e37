"""The policy chain as a coordinator's browser writes it, from docs/protocol.md: plain objects, signed and hashed.

Used by the tests of `chat`. The fold here is a few lines over dictionaries and shares nothing with the server's.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from chat.canonical import encode, to_time
from tests.chat_members import ChatDevice, Fields, PersonKeys, now, signed, text

NOTHING_BEFORE = bytes(32)


def change_hash(raw: bytes) -> bytes:
    return sha256(b"cordee policy change" + raw).digest()


class Chain:
    """The changes of one circle so far, and the state that they write."""

    def __init__(self, circle: UUID) -> None:
        self.circle = circle
        self.changes: list[bytes] = []
        self.persons: dict[str, Fields] = {}

    @classmethod
    def begun(cls, circle: UUID, creator: ChatDevice, *, ground: str = "formal_team") -> Chain:
        chain = cls(circle)
        chain.append(chain.signed_by(creator, chain.create(creator.owner.person("coordinator", ground=ground))))
        return chain

    def copy(self) -> Chain:
        other = Chain(self.circle)
        other.changes, other.persons = list(self.changes), dict(self.persons)
        return other

    @property
    def head(self) -> Fields:
        return {"hash": text(change_hash(self.changes[-1])), "n": len(self.changes) - 1}

    # --- operations ---

    def create(self, person: Fields, **changes: object) -> Fields:
        return {"person": person, "settings": {}, "steward": None, "suite": 1, "type": "create"} | changes

    def invite(self, person: Fields) -> Fields:
        return {"person": person, "type": "invite"}

    def end(self, user: UUID, code: str = "removed") -> Fields:
        return {"code": code, "type": "end", "user": str(user)}

    # --- links ---

    def signed_by(self, device: ChatDevice, op: Fields, *, time: datetime | None = None, **changes: object) -> bytes:
        """The next change, not appended; `changes` are made before it is signed."""
        content: Fields = {
            "cert": text(device.certificate),
            "circle": str(self.circle),
            "n": len(self.changes),
            "op": op,
            "prev": text(change_hash(self.changes[-1]) if self.changes else NOTHING_BEFORE),
            "time": to_time(time or now()),
            "v": 1,
        }
        return signed(device.seed, "CordeePolicyChange", content | changes)

    def append(self, raw: bytes) -> None:
        op = json.loads(raw)["op"]
        if op["type"] == "end":
            self.persons.pop(op["user"], None)
        else:
            self.persons[op["person"]["user"]] = op["person"]
        self.changes.append(raw)

    def extension(self) -> bytes:
        """The data of the group-context extension."""
        return encode(
            {
                "circle": str(self.circle),
                "head": self.head,
                "persons": [self.persons[user] for user in sorted(self.persons)],
                "settings": {},
                "steward": None,
                "suite": 1,
                "v": 1,
            }
        )

    # --- what goes with them ---

    def note(self, *changes: bytes, time: datetime | None = None, **fields: object) -> bytes:
        """The authenticated data of a commit that carries these changes."""
        return encode({"changes": [text(each) for each in changes], "time": to_time(time or now()), "v": 1} | fields)

    def invitation(
        self,
        inviter: ChatDevice,
        invitee: PersonKeys,
        *,
        created: datetime,
        expires: datetime | None = None,
        **changes: object,
    ) -> bytes:
        """The signed invitation to the last change, which names the invitee."""
        content: Fields = {
            "cert": text(inviter.certificate),
            "change0": text(change_hash(self.changes[0])),
            "circle": str(self.circle),
            "created": to_time(created),
            "expires": to_time(expires or created + timedelta(days=14)),
            "head": self.head,
            "identity": text(invitee.identity),
            "user": str(invitee.user),
            "v": 1,
        }
        return signed(inviter.seed, "CordeeInvitation", content | changes)
