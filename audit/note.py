"""Signed notes: what a log says of itself, and what its witnesses say of it. Pure; Ed25519 from PyNaCl.

Sources: C2SP signed-note (Ed25519, type 0x01), tlog-checkpoint, tlog-cosignature (v1, type 0x04). Used
by the sequencer, the witness, `audit.proofs` and whoever reads what they made. Nothing in a note counts before
`open_note` has found a signature of a key that one trusts.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from nacl.exceptions import BadSignatureError
from nacl.exceptions import ValueError as NaclValueError
from nacl.signing import SigningKey as Ed25519Key
from nacl.signing import VerifyKey as Ed25519Public

from audit.merkle import HASH_SIZE

SIGNATURE: Final = 0x01
COSIGNATURE: Final = 0x04
Kind = Literal[0x01, 0x04]

NOTE_LIMIT: Final = 64 * 1024  # bytes; a checkpoint has a few hundred and each cosignature one hundred more
SIGNATURES: Final = 64  # signed-note asks for sixteen at least

_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteRefused(Exception):
    """The text is not a note of its form, or nobody whom one trusts has signed it."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """Who may sign: `name`, the 32 bytes of an Ed25519 key, and whether as a log or as a cosigner."""

    name: str
    public: bytes
    kind: Kind = SIGNATURE

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart; not a proof of anything."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """`name+hex(id)+base64(kind ‖ key)`, the line that is handed to whoever verifies."""
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.public)}"

    @classmethod
    def from_vkey(cls, text: str) -> VerifyingKey:
        """Raises NoteRefused for what is not such a line, or is of another algorithm."""
        name, _, rest = text.strip().partition("+")
        identifier, _, encoded = rest.partition("+")
        material = unb64(encoded)
        if not _NAME.fullmatch(name) or len(material) != 33 or material[0] not in (SIGNATURE, COSIGNATURE):
            raise NoteRefused("not a verifier key of Ed25519: name+id+key")
        key = cls(name, material[1:], SIGNATURE if material[0] == SIGNATURE else COSIGNATURE)
        if key.id.hex() != identifier:
            raise NoteRefused(f"the id in the verifier key of {name} is not the key's")
        return key


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """The secret half: 32 bytes of seed (RFC 8032)."""

    name: str
    seed: bytes
    kind: Kind = SIGNATURE

    @property
    def verifying(self) -> VerifyingKey:
        return VerifyingKey(self.name, bytes(Ed25519Key(self.seed).verify_key), self.kind)

    def sign(self, text: str, *, time: int | None = None) -> str:
        """The signature line of this key over a note's text; a cosigner's says at what POSIX `time`."""
        if self.kind == SIGNATURE:
            blob = Ed25519Key(self.seed).sign(text.encode()).signature
        else:
            if time is None:
                raise ValueError("a cosignature says when")
            blob = time.to_bytes(8, "big") + Ed25519Key(self.seed).sign(_cosigned(text, time)).signature
        return f"— {self.name} {b64(self.verifying.id + blob)}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's state: its first `size` leaves have this root. `extensions` are further lines that the log signs."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, b64(self.root), *self.extensions))

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """Raises NoteRefused for a text that is no checkpoint. Call it on what `open_note` has returned."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() != "" or not all(lines):
            raise NoteRefused("a checkpoint has three lines at least, none empty")
        origin, size, encoded, *extensions = lines
        hashed = unb64(encoded)
        if not SIZE.fullmatch(size) or len(hashed) != HASH_SIZE:
            raise NoteRefused("a checkpoint's second line is its size, its third its root")
        return cls(origin, int(size), hashed, tuple(extensions))


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was verified; `time` of a cosignature, POSIX seconds."""

    key: VerifyingKey
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A note that somebody trusted has signed: `text` counts, and `signed` says for whom."""

    text: str
    signed: tuple[Signed, ...]

    def by(self, keys: Iterable[VerifyingKey]) -> tuple[Signed, ...]:
        """Those of `keys` who have signed, each once."""
        wanted = set(keys)
        return tuple({one.key: one for one in self.signed if one.key in wanted}.values())


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The note by which the log commits itself. Its key's name is its origin."""
    return f"{checkpoint.text}\n{key.sign(checkpoint.text)}"


def open_note(note: str, keys: Iterable[VerifyingKey]) -> Opened:
    """The text of a note and who of `keys` signed it. Signatures of unknown keys are passed over.

    Raises NoteRefused when no key has signed, when a signature of a known key is wrong, or the note has not its form.
    """
    known = {(key.name, key.id): key for key in keys}
    text, lines = split(note)
    signed = []
    for line in lines:
        name, blob = _signature(line)
        if key := known.get((name, blob[:4])):
            signed.append(Signed(key, _verify(key, text, blob[4:])))
    if not signed:
        raise NoteRefused("nobody whom one trusts has signed this note")
    return Opened(text, tuple(signed))


def split(note: str) -> tuple[str, list[str]]:
    """Text and signature lines, nothing verified. Raises NoteRefused."""
    if len(note) > NOTE_LIMIT or _CONTROL.search(note) or not note.endswith("\n"):
        raise NoteRefused("a note is lines of text without control characters")
    text, blank, signatures = note.rpartition("\n\n")
    lines = signatures.splitlines()
    if not blank or not lines or len(lines) > SIGNATURES:
        raise NoteRefused("a note ends with an empty line and its signatures")
    return text + "\n", lines


# --- lines ------------------------------------------------------------------------------------------------------------


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    blob = unb64(encoded)
    if dash != "—" or not _NAME.fullmatch(name) or len(blob) < 5:
        raise NoteRefused("a signature line is: dash, name, base64")
    return name, blob


def _verify(key: VerifyingKey, text: str, blob: bytes) -> int | None:
    """The time of a cosignature. Raises NoteRefused: who knows the key and sees it misused refuses the whole note."""
    time = None
    message = text.encode()
    if key.kind == COSIGNATURE:
        time, blob = int.from_bytes(blob[:8], "big"), blob[8:]
        message = _cosigned(text, time)
        if time >= 2**63:
            raise NoteRefused(f"the cosignature of {key.name} has no time")
    try:
        Ed25519Public(key.public).verify(message, blob)
    except (BadSignatureError, NaclValueError, ValueError):
        raise NoteRefused(f"the signature of {key.name} is not its own") from None
    return time


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unb64(text: str) -> bytes:
    """Strict: one text for each bytes. Raises NoteRefused."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data or b64(data) != text:
        raise NoteRefused("not base64")
    return data
