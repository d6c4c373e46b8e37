"""A key for each subject's words, so that a person or a patient is forgotten by erasing one row.

Used by `audit.details`. Words are sealed under the keys of all subjects that their event names: who erases any one of
them closes the words for good. The keys themselves are sealed under AUDIT_DETAIL_KEYS, so that a new version of those
has only these few rows to seal again (`audit.rotation`), and an old version that is destroyed takes with it every
erased key that a backup still holds.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from nacl.secret import Aead

from audit.errors import Forgotten
from audit.events import SUBJECTS
from audit.models import DataKey

SIZE = 32  # bytes


def subjects_of(who: UUID | None, on: UUID | None, pat: UUID | None, cir: UUID | None, obj: str | None) -> set[UUID]:
    """The pseudonyms that an event names, by its columns; none for what the server does by itself."""
    kind, _, name = (obj or "").partition("/")
    named = {who, on, pat, cir, UUID(name) if kind in SUBJECTS else None}
    return {each for each in named if each is not None}


def words_key(subjects: Collection[UUID], *, using: str = DEFAULT_DB_ALIAS) -> bytes:
    """The key under which words about these pseudonyms are sealed; without any, the server's own. 32 bytes.

    Makes what is missing. Inside the caller's transaction, one query when all are there.
    """
    keys = _known(subjects, using)
    if missing := _wanted(subjects) - keys.keys():
        # In one order, so that two makers never wait for each other; whoever is second takes the first's.
        fresh = [_fresh(each) for each in sorted(missing, key=str)]
        DataKey.objects.using(using).bulk_create(fresh, ignore_conflicts=True)
        keys = _known(subjects, using)
    return combined_key(subjects, keys)


def known_words_key(subjects: Collection[UUID]) -> bytes:
    """The same, of words that are sealed already. Raises Forgotten when one of the subjects was erased."""
    try:
        return combined_key(subjects, _known(subjects, DEFAULT_DB_ALIAS))
    except KeyError:
        raise Forgotten from None


def combined_key(subjects: Collection[UUID], keys: Mapping[UUID | None, DataKey]) -> bytes:
    """Of these subjects out of `keys`. Raises KeyError when one is missing, CryptoError (nacl) when one was altered."""
    joined = b"".join(_opened(keys[each]) for each in sorted(_wanted(subjects), key=str))
    return hashlib.blake2b(joined, digest_size=SIZE, person=b"cordee words").digest()


def reseal(row: DataKey) -> None:
    """The same key under the newest of AUDIT_DETAIL_KEYS. Raises CryptoError (nacl) when altered."""
    row.key_version, row.sealed = _sealed(row.pseudonym_id, _opened(row))
    row.save(update_fields=("key_version", "sealed"))


def _wanted(subjects: Collection[UUID]) -> set[UUID | None]:
    return {*subjects} or {None}


def _known(subjects: Collection[UUID], using: str) -> dict[UUID | None, DataKey]:
    keys = DataKey.objects.using(using)
    rows = keys.filter(pseudonym__in=subjects) if subjects else keys.filter(pseudonym=None)
    return {row.pseudonym_id: row for row in rows}


def _fresh(subject: UUID | None) -> DataKey:
    version, sealed = _sealed(subject, os.urandom(SIZE))
    return DataKey(pseudonym_id=subject, key_version=version, sealed=sealed)


def _sealed(subject: UUID | None, key: bytes) -> tuple[int, bytes]:
    version = max(settings.AUDIT_DETAIL_KEYS)
    return version, bytes(Aead(settings.AUDIT_DETAIL_KEYS[version]).encrypt(key, aad=_place(subject)))


def _opened(row: DataKey) -> bytes:
    box = Aead(settings.AUDIT_DETAIL_KEYS[row.key_version])
    return box.decrypt(bytes(row.sealed), aad=_place(row.pseudonym_id))


def _place(subject: UUID | None) -> bytes:
    """Ties a key to its subject: it cannot be put in another's place."""
    return f"data key of {subject or 'the server'}".encode()
