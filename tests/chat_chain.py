"""The policy chain as a coordinator's browser writes it, from docs/protocol.md: plain objects, signed and hashed.

Used by the tests of `chat`. The fold here is a few lines over dictionaries and shares nothing with the server's.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast
from uuid import UUID

from chat.canonical import encode, from_base64, to_time
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
        self.pinned: Fields = {"settings": {"orders": None}, "steward": None}

    @classmethod
    def begun(
        cls,
        circle: UUID,
        creator: ChatDevice,
        *,
        ground: str = "formal_team",
        orders: bytes | None = None,
        steward: bytes | None = None,
        time: datetime | None = None,
    ) -> Chain:
        chain = cls(circle)
        op = chain.create(
            creator.owner.person("coordinator", ground=ground),
            settings={"orders": None if orders is None else text(orders)},
            steward=None if steward is None else text(steward),
        )
        chain.append(chain.signed_by(creator, op, time=time))
        return chain

    def copy(self) -> Chain:
        other = Chain(self.circle)
        other.changes, other.persons, other.pinned = list(self.changes), dict(self.persons), self.pinned
        return other

    @property
    def head(self) -> Fields:
        return {"hash": text(change_hash(self.changes[-1])), "n": len(self.changes) - 1}

    # --- operations ---

    def create(self, person: Fields, **changes: object) -> Fields:
        return {
            "person": person,
            "settings": {"orders": None},
            "steward": None,
            "suite": 1,
            "type": "create",
        } | changes

    def invite(self, person: Fields) -> Fields:
        return {"person": person, "type": "invite"}

    def admit(self, keys: PersonKeys) -> Fields:
        return {"type": "admit", "user": str(keys.user)} | keys.public()

    def role(self, user: UUID, role: str, not_after: datetime | None = None) -> Fields:
        return {
            "not_after": None if not_after is None else to_time(not_after),
            "role": role,
            "type": "role",
            "user": str(user),
        }

    def end(self, user: UUID, code: str = "removed", order: bytes | None = None) -> Fields:
        return {"code": code, "order": None if order is None else text(order), "type": "end", "user": str(user)}

    def revoke(self, user: UUID, device: UUID, order: bytes | None = None) -> Fields:
        return {
            "device": str(device),
            "order": None if order is None else text(order),
            "type": "revoke",
            "user": str(user),
        }

    def rotate(self, rotation: bytes) -> Fields:
        return {"rotation": text(rotation), "type": "rotate"}

    def reset(self, keys: PersonKeys) -> Fields:
        return {"type": "reset", "user": str(keys.user)} | keys.public()

    def restore(self, order: bytes) -> Fields:
        return {"order": text(order), "type": "restore"}

    # --- what stands inside operations ---

    def end_order(
        self,
        seed: bytes,
        user: UUID,
        *,
        device: UUID | None = None,
        code: str = "left",
        time: datetime | None = None,
        **changes: object,
    ) -> bytes:
        content: Fields = {
            "circle": str(self.circle),
            "code": code,
            "device": None if device is None else str(device),
            "time": to_time(time or now()),
            "user": str(user),
            "v": 1,
        }
        return signed(seed, "CordeeEndOrder", content | changes)

    def restore_order(self, seed: bytes, user: UUID, *, time: datetime | None = None, **changes: object) -> bytes:
        content: Fields = {"circle": str(self.circle), "time": to_time(time or now()), "user": str(user), "v": 1}
        return signed(seed, "CordeeRestoreOrder", content | changes)

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
        change = json.loads(raw)
        op, time = change["op"], change["time"]
        keys = {name: op[name] for name in ("history", "history_sig", "identity") if name in op}
        match op["type"]:
            case "create" | "invite":
                self.persons[op["person"]["user"]] = op["person"] | {"revoked": [], "since": time}
                if op["type"] == "create":
                    self.pinned = {name: op[name] for name in ("settings", "steward")}
            case "admit":
                self.persons[op["user"]] = self.persons[op["user"]] | keys | {"pending": None}
            case "role":
                changed = {"role": op["role"], "not_after": op["not_after"], "since": time}
                self.persons[op["user"]] = self.persons[op["user"]] | changed
            case "end":
                self.persons.pop(op["user"], None)
            case "revoke":
                person = self.persons[op["user"]]
                revoked = [str(each) for each in cast("list[object]", person["revoked"])]
                self.persons[op["user"]] = person | {"revoked": sorted([*revoked, op["device"]])}
            case "rotate":
                says = json.loads(from_base64(op["rotation"]))
                new = {"history": says["history"], "history_sig": says["history_sig"], "identity": says["new"]}
                self.persons[says["user"]] = self.persons[says["user"]] | new | {"revoked": []}
            case "reset":
                self.persons[op["user"]] = self.persons[op["user"]] | keys | {"revoked": []}
            case "restore":
                user = json.loads(from_base64(op["order"]))["user"]
                raised = {"role": "coordinator", "not_after": None, "since": time}
                self.persons[user] = self.persons[user] | raised
        self.changes.append(raw)

    def extension(self) -> bytes:
        """The data of the group-context extension."""
        return encode(
            {
                "circle": str(self.circle),
                "head": self.head,
                "persons": [self.persons[user] for user in sorted(self.persons)],
                "suite": 1,
                "v": 1,
            }
            | self.pinned
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
            "identity": self.persons.get(str(invitee.user), {"identity": text(invitee.identity)})["identity"],
            "user": str(invitee.user),
            "v": 1,
        }
        return signed(inviter.seed, "CordeeInvitation", content | changes)
