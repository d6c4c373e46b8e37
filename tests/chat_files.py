"""Files as a browser brings and fetches them; what they hold is random, because the server cannot tell."""

from __future__ import annotations

import json
import os
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from chat import file_store
from tests.chat_people import Answer, CareCircle, Person
from tests.server import Server

SIZE = 200_000


def announce(person: Person, circle: CareCircle, file: UUID, size: int = SIZE) -> Answer:
    return person.post(f"circles/{circle.id}/files", {"id": str(file), "size": size})


def bring(person: Person, circle: CareCircle, file: UUID, piece: bytes, at: int = 0) -> Answer:
    address = f"/api/circles/{circle.id}/files/{file}?offset={at}"
    response = person.browser.put(address, piece, content_type="application/octet-stream")
    return response.status_code, json.loads(response.content)


def status(person: Person, circle: CareCircle, file: UUID) -> Answer:
    return person.get(f"circles/{circle.id}/files/{file}/status")


def fetch(server: Server, person: Person, circle: CareCircle, file: UUID, part: str | None = None) -> httpx.Response:
    """From the running server: a stream has two ends."""
    cookies = "; ".join(f"{name}={each.value}" for name, each in person.browser.cookies.items())
    headers = {"Cookie": cookies} | ({} if part is None else {"Range": part})
    return httpx.get(f"{server.url}/api/circles/{circle.id}/files/{file}", headers=headers)


def a_file(person: Person, circle: CareCircle, content: bytes | None = None) -> tuple[UUID, bytes]:
    """A complete file."""
    file, content = uuid7(), os.urandom(SIZE) if content is None else content
    assert announce(person, circle, file, len(content)) == (200, {})
    assert bring(person, circle, file, content) == (200, {"received": len(content)})
    return file, content


def on_disk(file: UUID) -> bytes | None:
    path = file_store._path(file)
    return path.read_bytes() if path.exists() else None
