"""Groups and commits as a browser sends them: the frames of `POST /api/circles` and of the socket's `commit`.

Used by the tests of `chat`. `Rope` is what a member's device keeps of a circle: the public state and the chain. Its
methods make the frame of an honest act; hostile ones are composed from the same parts, or altered afterwards.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from uuid_utils.compat import uuid7

from chat.canonical import from_base64, to_time
from chat.mls import Extension, PublicGroup, sign_with_label
from chat.mls.codec import opaque, u16
from chat.mls.leaf import EXTENSION_EXTERNAL_PUB, EXTENSION_REQUIRED_CAPABILITIES
from chat.mls.messages import group_info_unsigned
from circles.selectors import order_key
from tests.chat_chain import Chain
from tests.chat_members import ChatDevice, Fields, PersonKeys, now, text
from tests.mls_members import POLICY, RULES, replace_extensions

SEALED_KEY = 80
# As frontend/src/core/mls/context.ts writes it: the policy, no proposals, no credential types.
REQUIRED = Extension(EXTENSION_REQUIRED_CAPABILITIES, opaque(u16(POLICY)) + opaque(b"") + opaque(b""))


def circle_extensions(policy: bytes) -> tuple[Extension, Extension]:
    """The group context's extensions, always these two in this order."""
    return REQUIRED, Extension(POLICY, policy)


def user_in(credential: bytes) -> str:
    """The user that a device certificate names."""
    return str(json.loads(credential)["user"])


def sealed_keys(group: PublicGroup) -> dict[str, str]:
    """The content key of an epoch, sealed for each person of its roster."""
    users = {user_in(member.identity) for member in group.roster()}
    return {user: text(os.urandom(SEALED_KEY)) for user in users}


class Rope:
    """A circle as one device knows it."""

    def __init__(self, group: PublicGroup, chain: Chain) -> None:
        self.group = group
        self.chain = chain

    @property
    def circle(self) -> UUID:
        return self.chain.circle

    @property
    def epoch(self) -> int:
        return self.group.epoch

    @classmethod
    def begun(
        cls, creator: ChatDevice, circle: UUID, *, ground: str = "formal_team", steward: bytes | None = None
    ) -> tuple[Rope, Fields]:
        """A new group at epoch 0, and what shows it to the server."""
        chain = Chain.begun(circle, creator, ground=ground, orders=order_key(), steward=steward)
        group_info, tree = creator.create(circle.bytes, *circle_extensions(chain.extension()))
        group = PublicGroup.create(group_info, ratchet_tree=tree, rules=RULES)
        shown: Fields = {
            "group_info": text(group_info),
            "tree": text(tree),
            "changes": [text(each) for each in chain.changes],
            "keys": sealed_keys(group),
        }
        return cls(group, chain), shown

    @classmethod
    def fetched(cls, circle: UUID, group: Fields, chain: Fields) -> Rope:
        """From the answers of `GET …/group` and `GET …/chain`."""
        known = Chain(circle)
        changes = chain["changes"]
        assert isinstance(changes, list)
        for change in changes:
            known.append(from_base64(change))
        public = PublicGroup.from_group_info(
            from_base64(str(group["group_info"])), ratchet_tree=from_base64(str(group["tree"])), rules=RULES
        )
        return cls(public, known)

    def copy(self) -> Rope:
        return Rope(self.group, self.chain.copy())

    def leaves_of(self, user: UUID) -> list[int]:
        return [member.leaf_index for member in self.group.roster() if user_in(member.identity) == str(user)]

    # --- honest acts: (frame, the circle afterwards) ---

    def invite(
        self,
        device: ChatDevice,
        invitee: PersonKeys,
        role_id: UUID,
        *,
        role: str = "member",
        ground: str = "formal_team",
        not_after: datetime | None = None,
        expires: datetime | None = None,
        time: datetime | None = None,
        **terms: object,
    ) -> tuple[Fields, Rope]:
        """`terms` go into the act: `consent`, `for`."""
        moment = time or now()
        person = invitee.person(role, ground=ground, not_after=not_after)
        chain = self.chain.copy()
        chain.append(chain.signed_by(device, chain.invite(person), time=moment))
        signed = chain.invitation(device, invitee, created=moment, expires=expires)
        act: Fields = {"do": "invite", "role_id": str(role_id), "invitation": text(signed)} | terms
        return self.changing(device, chain, act, time=moment)

    def end(
        self,
        device: ChatDevice,
        user: UUID,
        *,
        code: str = "removed",
        reason: str = "",
        order: bytes | None = None,
        removing: Sequence[int] | None = None,
        time: datetime | None = None,
    ) -> tuple[Fields, Rope]:
        moment = time or now()
        chain = self.chain.copy()
        chain.append(chain.signed_by(device, chain.end(user, code, order), time=moment))
        act: Fields = {"do": "end", "user": str(user), "code": code, "reason": reason}
        leaves = self.leaves_of(user) if removing is None else removing
        return self.changing(device, chain, act, removing=leaves, time=moment)

    def join(
        self, device: ChatDevice, *, resync: int | None = None, time: datetime | None = None, act: Fields | None = None
    ) -> tuple[Fields, Rope]:
        message = device.join(self.group, resync=resync, data=self.chain.note(time=time))
        return self.shown(device, message, self.chain, act or {"do": "join"})

    def update(self, device: ChatDevice, *, time: datetime | None = None) -> tuple[Fields, Rope]:
        message = device.commit(self.group, data=self.chain.note(time=time))
        return self.shown(device, message, self.chain, {"do": "update"})

    def change(
        self,
        device: ChatDevice,
        *ops: Fields,
        signer: ChatDevice | None = None,
        certificate: bytes | None = None,
        removing: Sequence[int] | None = None,
        time: datetime | None = None,
    ) -> tuple[Fields, Rope]:
        """Changes that the chain says completely. `certificate`: the device's own from this commit on."""
        moment = time or now()
        chain = self.chain.copy()
        for op in ops:
            chain.append(chain.signed_by(signer or device, op, time=moment))
        device.identity = certificate or device.identity
        leaves = self.unfit(device, chain) if removing is None else removing
        return self.changing(device, chain, {"do": "policy"}, removing=leaves, time=moment)

    def hand_over(
        self, device: ChatDevice, to: UUID, *ops: Fields, until: datetime | None = None
    ) -> tuple[Fields, Rope]:
        """Coordination passes to somebody; `ops` come after it in the same commit."""
        moment, chain = now(), self.chain.copy()
        for op in (chain.role(to, "coordinator"), *ops):
            chain.append(chain.signed_by(device, op, time=moment))
        act: Fields = {"do": "hand_over", "to": str(to), "until": None if until is None else to_time(until)}
        return self.changing(device, chain, act, time=moment)

    def unfit(self, committer: ChatDevice, after: Chain) -> list[int]:
        """The leaves that a commit leading to `after` has to remove."""
        gone = []
        for member in self.group.roster():
            certificate = json.loads(member.identity)
            old, new = self.chain.persons[certificate["user"]], after.persons.get(certificate["user"])
            changed = new is not None and old["identity"] != new["identity"]
            revoked = new is None or certificate["device"] in cast("list[str]", new["revoked"])
            if revoked or (changed and certificate["device"] != str(committer.id)):
                gone.append(member.leaf_index)
        return gone

    # --- their parts ---

    def changing(
        self,
        device: ChatDevice,
        chain: Chain,
        act: Fields,
        *,
        removing: Sequence[int] = (),
        time: datetime | None = None,
        extension: bytes | None = None,
    ) -> tuple[Fields, Rope]:
        """A commit that carries the changes of `chain` that are new, and the extension that they write."""
        extensions = replace_extensions(*circle_extensions(extension or chain.extension()))
        fresh = chain.changes[len(self.chain.changes) :]
        message = device.commit(self.group, extensions, removing=removing, data=chain.note(*fresh, time=time))
        return self.shown(device, message, chain, act)

    def shown(self, device: ChatDevice, message: bytes, chain: Chain, act: Fields) -> tuple[Fields, Rope]:
        """The frame around a commit, with the GroupInfo and the keys of the epoch that it makes."""
        after = self.group.apply(self.group.verify_commit(message, rules=RULES))
        external_pub = device.fresh_key()
        frame: Fields = {
            "t": "commit",
            "ref": str(uuid7()),
            "circle": str(self.circle),
            "commit": text(message),
            "external_pub": text(external_pub),
            "group_info_sig": text(group_info_signature(device, after, external_pub)),
            "keys": sealed_keys(after),
            "act": act,
        }
        return frame, Rope(after, chain)


def group_info_signature(device: ChatDevice, group: PublicGroup, external_pub: bytes) -> bytes:
    extensions = (Extension(EXTENSION_EXTERNAL_PUB, opaque(external_pub)),)
    unsigned = group_info_unsigned(group.context, extensions, group.confirmation_tag, device.index_in(group))
    return sign_with_label(device.seed, "GroupInfoTBS", unsigned)
