"""Safety numbers and the vault's keys as docs/protocol.md has them, worked out once more without the browser's code."""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt

from chat.canonical import encode, to_base64
from chat.mls.keys import verify_with_label
from tests.vectors.test_client_vectors import vectors

SAFETY, VAULT = vectors("safety"), vectors("vault")
USER = UUID(VAULT["user"])
decoded = base64.b64decode


def half(user: UUID, identity: bytes) -> str:
    chained = b"cordee safety number" + user.bytes + identity
    for _ in range(5_200):
        chained = hashlib.sha512(chained + identity).digest()
    fives = [chained[at : at + 5] for at in range(0, 30, 5)]
    return "".join(f"{int.from_bytes(each) % 100_000:05}" for each in fives)


def test_a_safety_number_is_what_the_protocol_says() -> None:
    halves = {each["user"]: half(UUID(each["user"]), decoded(each["identity"])) for each in SAFETY["people"]}
    assert halves == {each["user"]: each["digits"] for each in SAFETY["people"]}
    (low, one), (high, other) = sorted(halves.items(), key=lambda item: item[1])
    number = one + other
    assert SAFETY["number"] == " ".join(number[at : at + 5] for at in range(0, 60, 5))
    assert SAFETY["qr"] == f"cordee:safety:1:{low}:{one}:{high}:{other}"


def test_the_unlockers_keys_come_from_code_and_passkey() -> None:
    assert decoded(VAULT["passkey"]["input"]) == hashlib.sha256(b"cordee vault prf").digest()
    for unlocker, secret, info in (
        (VAULT["recovery"], VAULT["recovery"]["code"], b"cordee vault recovery"),
        (VAULT["passkey"], VAULT["passkey"]["output"], b"cordee vault passkey"),
    ):
        derived = HKDF(algorithm=SHA256(), length=32, salt=USER.bytes, info=info).derive(decoded(secret))
        assert decoded(unlocker["private"]) == derived
        public = X25519PrivateKey.from_private_bytes(derived).public_key().public_bytes_raw()
        assert decoded(unlocker["public"]) == public


def test_the_sealed_vault_opens_to_its_one_form_and_its_head_is_signed() -> None:
    vault = VAULT["vault"]
    numbers = {"generation": vault["generation"], "key": vault["key"], "user": VAULT["user"]}
    sealed = decoded(vault["sealed"])
    opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
        sealed[24:], encode(numbers | {"label": "cordee vault"}), sealed[:24], decoded(vault["vault_key"])
    )
    assert opened == vault["content"].encode()
    head = encode(numbers | {"digest": to_base64(hashlib.sha256(sealed).digest()), "v": 1})
    verify_with_label(decoded(VAULT["identity_key"]), "CordeeVaultHead", head, decoded(vault["head_sig"]))
