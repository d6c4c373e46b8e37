"""What anybody may fetch of a log: its checkpoint and its tiles, after C2SP tlog-tiles. Hashes only.

    GET /audit/2026/checkpoint      GET /audit/2026/tile/0/x001/234.p/17      the same below /keys/

Entries are not public: who acts when is nobody's business (docs/decisions/0012-the-log.md). No session, no cookie, no
trace: nothing here is about anybody, and each leaf's hash hides its text by 16 random bytes or a signature. Up to three
queries an answer; tiles never change, so that caches answer for us.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.http import require_safe

from audit import proofs, tiles

FRESH: Final = "public, max-age=1"  # a new checkpoint may come twice a second
FOR_EVER: Final = "public, max-age=31536000, immutable"


@require_safe
def checkpoint(request: HttpRequest, log: str) -> HttpResponse:
    origin = proofs.origin_at(log)
    if origin is None:
        return _absent()
    return _answer(proofs.latest(origin).encode(), "text/plain; charset=utf-8", FRESH)


@require_safe
def tile(request: HttpRequest, log: str, path: str) -> HttpResponse:
    origin, asked = proofs.origin_at(log), tiles.read_path(path)
    hashes = proofs.tile(origin, *asked) if origin and asked else None
    if hashes is None:
        return _absent()
    return _answer(hashes, "application/octet-stream", FOR_EVER)


def _answer(content: bytes, kind: str, cached: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Cache-Control": cached})


def _absent() -> HttpResponse:
    """Not cached: a tile that is not there may be there in a second."""
    return HttpResponse("not found\n", status=404, content_type="text/plain", headers={"Cache-Control": "no-store"})


urlpatterns = [
    re_path(r"^(?P<log>audit/[0-9]{4}|keys)/checkpoint$", checkpoint),
    re_path(r"^(?P<log>audit/[0-9]{4}|keys)/tile/(?P<path>.+)$", tile),
]
