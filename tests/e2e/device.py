"""What a device holds, taken from its page as someone would who has the machine, the profile and the session.

The keys that seal the storage cannot leave the browser, but the page itself may use them: nothing more can be got.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt
from nacl.exceptions import CryptoError

from chat.envelope import read_envelope
from tests.e2e.screens import Screen

# iv (12) ‖ ciphertext, bound to `table/key`: src/platform/indexeddb.ts
_EMPTY_OUT = """
async (user) => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const base64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""))
  const database = await done(indexedDB.open(`cordee-${user}`))
  const key = await done(database.transaction("platform_keys").objectStore("platform_keys").get("storage"))
  const found = []
  for (const table of database.objectStoreNames) {
    if (table === "platform_keys") continue
    const store = database.transaction(table).objectStore(table)
    const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())])
    for (const [index, sealed] of values.entries()) {
      const additionalData = new TextEncoder().encode(`${table}/${keys[index]}`)
      const algorithm = { name: "AES-GCM", iv: sealed.slice(0, 12), additionalData }
      found.push([table, keys[index], base64(await crypto.subtle.decrypt(algorithm, key, sealed.slice(12)))])
    }
  }
  database.close()
  return found
}
"""


# What lies in the profile's files, as it lies there: keys of IndexedDB and values, and whatever else a page may keep.
_AS_IT_LIES = """
async (user) => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const latin1 = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")
  const found = [...Object.entries(localStorage), ...Object.entries(sessionStorage)].flat()
  found.push(...await caches.keys(), ...(await indexedDB.databases()).map(({ name }) => name))
  found.push(JSON.stringify(history.state), document.cookie)
  const database = await done(indexedDB.open(`cordee-${user}`))
  for (const table of database.objectStoreNames) {
    const store = database.transaction(table).objectStore(table)
    const values = await done(store.getAll())
    found.push(...await done(store.getAllKeys()), ...values.filter((value) => value instanceof Uint8Array).map(latin1))
  }
  database.close()
  return found.join("\\0")
}
"""


@dataclass(frozen=True)
class Holdings:
    """Everything that a device keeps, opened: (table, key) → bytes."""

    values: dict[tuple[str, str], bytes]

    def content_keys(self, circle: UUID) -> list[bytes]:
        return [value for (table, at), value in self.values.items() if table == "keys" and at.startswith(f"{circle}/")]

    def reads(self, envelope: bytes) -> bytes | None:
        """The plaintext of an envelope of docs/protocol.md under any key that the device holds."""
        header = read_envelope(envelope)
        for key in self.content_keys(header.circle):
            derived = _expand(key, b"message" + header.device.bytes + header.id.bytes)
            try:
                return crypto_aead_xchacha20poly1305_ietf_decrypt(
                    envelope[122:-64], envelope[:98], envelope[98:122], derived
                )
            except CryptoError:
                continue
        return None


def holdings(screen: Screen) -> Holdings:
    found = screen.page.evaluate(_EMPTY_OUT, str(screen.person.id))
    return Holdings({(table, key): base64.b64decode(value) for table, key, value in found})


def as_it_lies(screen: Screen) -> bytes:
    """What somebody reads who copies the browser's profile and cannot run it."""
    found: str = screen.page.evaluate(_AS_IT_LIES, str(screen.person.id))
    return found.encode("latin-1")


def _expand(key: bytes, info: bytes) -> bytes:
    """HKDF-Expand (RFC 5869 §2.3) to 32 bytes: one block of SHA-256."""
    return hmac.digest(key, info + b"\x01", sha256)
