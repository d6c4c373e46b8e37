"""Devices as the browser makes them, in Python: real signatures over everything that docs/protocol.md signs.

Used by the tests of `chat`. Written from the page and not from the server's own path: only the canonical JSON and
SignWithLabel are shared. Where a browser would seal, there are random bytes: the server cannot tell. `PersonKeys` is
what a vault holds, `ChatDevice` one leaf; `tests/chat_chain.py` has the policy chain, `tests/chat_commits.py` the
commits.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from uuid import UUID

from nacl.bindings import crypto_scalarmult_base, crypto_sign_seed_keypair
from uuid_utils.compat import uuid7

from chat.canonical import encode, from_base64, to_base64, to_time
from chat.mls import sign_with_label
from tests.mls_members import FakeMember

Fields = dict[str, object]
KeyAct = tuple[str, UUID | None, bytes | None]  # act, device, leaf key
SEALED = 200  # bytes of a sealed vault
WRAPPED = 80  # bytes of a wrapped vault key
RANDOM = Random(0xC0DEE)  # encryption keys and random "ciphertexts" need no secrecy here


def now() -> datetime:
    """To the millisecond, as the page writes times."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def text(data: bytes) -> str:
    return to_base64(data)


def signed(seed: bytes, label: str, content: Fields) -> bytes:
    """The canonical JSON of `content` with its signature as `sig`."""
    return encode(content | {"sig": text(sign_with_label(seed, label, encode(content)))})


class PersonKeys:
    """The identity key of a person, and the history key that it signs."""

    def __init__(self, user: UUID, seed: bytes | None = None) -> None:
        self.user = user
        self.seed = seed or os.urandom(32)
        self.identity, _ = crypto_sign_seed_keypair(self.seed)
        self.history = crypto_scalarmult_base(os.urandom(32))
        self.history_sig = self.sign_history(self.history)

    def sign_history(self, history: bytes) -> bytes:
        content = {"history": text(history), "user": str(self.user), "v": 1}
        return sign_with_label(self.seed, "CordeeHistoryKey", encode(content))

    def certify(
        self,
        device: UUID,
        key: bytes,
        *,
        created: datetime | None = None,
        not_after: datetime | None = None,
        **changes: object,
    ) -> bytes:
        """A device certificate; `changes` are made before it is signed."""
        begins = created or now()
        return signed(
            self.seed,
            "CordeeDeviceCertificate",
            {
                "created": to_time(begins),
                "device": str(device),
                "key": text(key),
                "not_after": to_time(not_after or begins + timedelta(days=365)),
                "user": str(self.user),
                "v": 1,
            }
            | changes,
        )

    def person(
        self, role: str = "member", *, ground: str = "formal_team", not_after: datetime | None = None, **changes: object
    ) -> Fields:
        """This person as a change brings them in."""
        return {
            "ground": ground,
            "history": text(self.history),
            "history_sig": text(self.history_sig),
            "identity": text(self.identity),
            "not_after": None if not_after is None else to_time(not_after),
            "pending": None,
            "role": role,
            "user": str(self.user),
        } | changes

    def public(self) -> Fields:
        """The public keys, as an operation carries them."""
        return {
            "history": text(self.history),
            "history_sig": text(self.history_sig),
            "identity": text(self.identity),
        }

    def rotation(self, new: PersonKeys, *, time: datetime | None = None, **changes: object) -> bytes:
        """The statement by which `new`, of the same person, takes the place of these keys."""
        content: Fields = {
            "history": text(new.history),
            "history_sig": text(new.history_sig),
            "new": text(new.identity),
            "old": text(self.identity),
            "time": to_time(time or now()),
            "user": str(self.user),
            "v": 1,
        } | changes
        signatures = {
            name: text(sign_with_label(keys.seed, "CordeeIdentityRotation", encode(content)))
            for name, keys in (("sig_new", new), ("sig_old", self))
        }
        return encode(content | signatures)

    def pending(self, commitment: bytes, role: str = "member", **changes: object) -> Fields:
        """This person as an inviter pins them before they have keys."""
        none = {"history": None, "history_sig": None, "identity": None}
        return self.person(role) | none | {"pending": text(commitment)} | changes

    def vault(self, *unlockers: str, generation: int = 1, key: int = 1) -> Fields:
        """A sealed vault and its signed head, with wrappers for the recovery code and these."""
        sealed = os.urandom(SEALED)
        head = {
            "digest": text(sha256(sealed).digest()),
            "generation": generation,
            "key": key,
            "user": str(self.user),
            "v": 1,
        }
        return {
            "generation": generation,
            "key": key,
            "sealed": text(sealed),
            "head_sig": text(sign_with_label(self.seed, "CordeeVaultHead", encode(head))),
            "wrappers": [{"unlocker": each, "blob": text(os.urandom(WRAPPED))} for each in ("recovery", *unlockers)],
        }

    def key_events(self, before: Sequence[bytes], *done: KeyAct, **changes: object) -> list[str]:
        """The key events of an act, after those that there are; `changes` are made to each before it is signed."""
        chain = list(before)
        for act, device, key in done:
            content: Fields = {
                "act": act,
                "device": None if device is None else str(device),
                "identity": text(self.identity),
                "key": None if key is None else text(key),
                "prev": text(sha256(b"cordee key event" + chain[-1]).digest() if chain else bytes(32)),
                "seq": len(chain) + 1,
                "time": to_time(now()),
                "user": str(self.user),
                "v": 1,
            }
            chain.append(signed(self.seed, "CordeeKeyEvent", content | changes))
        return [text(each) for each in chain[len(before) :]]

    def first(self, *unlockers: str) -> Fields:
        """What goes with the first device's certificate."""
        return {
            "identity_key": text(self.identity),
            "history_key": text(self.history),
            "history_sig": text(self.history_sig),
            "vault": self.vault(*unlockers),
        }


class ChatDevice(FakeMember):
    """One device of a person: its leaf key signs commits, changes, envelopes and the hello of its socket."""

    def __init__(
        self,
        owner: PersonKeys,
        *,
        id: UUID | None = None,  # noqa: A002
        created: datetime | None = None,
        not_after: datetime | None = None,
    ) -> None:
        """Certified three minutes ago unless told otherwise: acts may be a little older than now."""
        super().__init__(b"", RANDOM)
        self.seed = os.urandom(32)
        self.signature_key, _ = crypto_sign_seed_keypair(self.seed)
        self.owner = owner
        self.id = id or uuid7()
        begins = created or now() - timedelta(minutes=3)
        self.identity = owner.certify(self.id, self.signature_key, created=begins, not_after=not_after)

    @property
    def user(self) -> UUID:
        return self.owner.user

    @property
    def certificate(self) -> bytes:
        """What stands in the credential of its leaves."""
        return self.identity

    def hello(self, nonce: bytes, **changes: object) -> Fields:
        proof = encode({"device": str(self.id), "nonce": text(nonce), "v": 1})
        return {
            "t": "hello",
            "v": 1,
            "device": str(self.id),
            "sig": text(sign_with_label(self.seed, "CordeeSocket", proof)),
        } | changes

    def envelope(
        self,
        circle: UUID,
        epoch: int,
        *,
        kind: int = 1,
        id: UUID | None = None,  # noqa: A002
        created: datetime | None = None,
        device: UUID | None = None,
        size: int = 272,
        version: int = 1,
    ) -> bytes:
        """A signed envelope around `size` random bytes, as long as a short message and its tag are."""
        header = (
            bytes([version, kind])
            + circle.bytes
            + epoch.to_bytes(8, "big")
            + (id or uuid7()).bytes
            + (device or self.id).bytes
            + int((created or now()).timestamp() * 1000).to_bytes(8, "big")
        )
        commitment, nonce, sealed = os.urandom(32), os.urandom(24), os.urandom(size)
        return self.sealed(header + commitment + nonce + sealed)

    def sealed(self, unsigned: bytes) -> bytes:
        return unsigned + sign_with_label(self.seed, "CordeeEnvelope", unsigned)

    def erasure(
        self,
        circle: UUID,
        epoch: int,
        target: bytes,
        *,
        files: Sequence[UUID] = (),
        id: UUID | None = None,  # noqa: A002
    ) -> bytes:
        """A signed envelope that erases the message whose envelope is `target`, and these files."""
        header = self.envelope(circle, epoch, kind=6, id=id)[:66]
        body = target[26:42] + sha256(target).digest() + b"".join(each.bytes for each in files)
        return self.sealed(header + bytes(32 + 24) + body)

    def send(self, circle: UUID, epoch: int, **envelope: object) -> Fields:
        """A `send` frame with an envelope of its own."""
        return {"t": "send", "env": text(self.envelope(circle, epoch, **envelope))}  # type: ignore[arg-type]

    def answer(self, circle: UUID, epoch: int, message: Fields, *, takes: bool = False) -> Fields:
        """A `send` frame that confirms an urgent message, given as its own frame."""
        return {**self.send(circle, epoch, kind=5), "answers": id_of(message), "takes": takes}


def id_of(frame: Mapping[str, object]) -> str:
    """The message id in a frame that carries an envelope."""
    return str(UUID(bytes=from_base64(str(frame["env"]))[26:42]))
