"""HTTP of attachments (docs/protocol.md): announce, bring piece by piece, ask how far it came, fetch.

Beside `chat.api` because these bodies are bytes, not JSON. What is fetched is streamed: no answer holds a file in
memory. A download says of itself that it is bytes to be saved; only the browser's core knows what is in it.
"""

from __future__ import annotations

import re
from typing import Annotated, Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of, record
from chat import file_store, files
from chat.errors import ChatError
from chat.schemas import Body, Done

router = Router(auth=signed_in, tags=["files"])

# One range; RFC 9110 §14.2 lets a server take several ranges, and what it does not understand, as the whole.
_RANGE: Final = re.compile(r"bytes=(?:([0-9]{1,12})-([0-9]{0,12})|-([0-9]{1,12}))")


class FileIn(Body):
    id: UUID
    size: Annotated[int, Field(ge=0, lt=2**53)]


class OffsetIn(Schema):
    offset: Annotated[int, Field(ge=0, lt=2**53)]


class ReceivedOut(Schema):
    received: int


class FileStatus(Schema):
    received: int
    size: int


@router.post("/circles/{circle_id}/files", response=Done)
@audited("attachment.add")
def announce_file(request: SignedInRequest, circle_id: UUID, body: FileIn) -> Done:
    files.announce(
        actor=actor_of(request), user_id=request.user.id, circle_id=circle_id, file_id=body.id, size=body.size
    )
    return Done()


@router.put("/circles/{circle_id}/files/{file_id}", response=ReceivedOut)
@not_audited("Brings the bytes of a file whose addition is in the trail, by the same person.")
def append_to_file(request: SignedInRequest, circle_id: UUID, file_id: UUID, at: Query[OffsetIn]) -> ReceivedOut:
    piece = request.read(files.PIECE + 1)  # never the whole of a body that is too large
    if len(piece) > files.PIECE:
        raise ChatError("file_too_large", status=413)
    received = files.append(
        user_id=request.user.id, circle_id=circle_id, file_id=file_id, offset=at.offset, piece=piece
    )
    return ReceivedOut(received=received)


@router.get("/circles/{circle_id}/files/{file_id}/status", response=FileStatus)
@not_audited("Tells a person how much of their own file has arrived.")
def read_status(request: SignedInRequest, circle_id: UUID, file_id: UUID) -> FileStatus:
    file = files.announced_for(request.user.id, circle_id, file_id)
    return FileStatus(received=file.received, size=file.size)


@router.get("/circles/{circle_id}/files/{file_id}")
@audited("attachment.read")
def read_file(request: SignedInRequest, circle_id: UUID, file_id: UUID) -> HttpResponseBase:
    file = files.file_for(request.user.id, circle_id, file_id)
    part = _range(request.headers.get("Range"), file.size)
    if part is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    start, stop = part
    record(
        "attachment.read",
        actor=actor_of(request),
        circle_id=circle_id,
        obj=("Attachment", file_id),
        siz=stop - start,
    )
    response = StreamingHttpResponse(
        file_store.read(file_id, start, stop),
        content_type="application/octet-stream",
        headers={"Accept-Ranges": "bytes", "Content-Disposition": "attachment", "Content-Length": str(stop - start)},
    )
    if stop - start < file.size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    return response


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """`(start, stop)` of what is asked for; None when there is nothing of it."""
    asked = None if header is None else _RANGE.fullmatch(header)
    if asked is None:
        return 0, size
    first, last, suffix = asked.groups()
    if suffix is not None:
        start, stop = max(0, size - int(suffix)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    return (start, stop) if start < stop else None
