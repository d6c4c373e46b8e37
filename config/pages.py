"""The built single-page application: one HTML page for every address that is not the API's."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

DEMO_MARK = b'<meta name="cordee-demo" content="%d"'


@require_safe
@never_cache
@ensure_csrf_cookie
def application(request: HttpRequest) -> HttpResponse:
    """index.html, with the CSRF cookie; it says whether this server is a demonstration."""
    index = settings.FRONTEND_DIST / "index.html"
    if not index.is_file():
        raise Http404("The frontend is not built: run `make build`.")
    page = index.read_bytes()
    if settings.DEMO:
        page = page.replace(DEMO_MARK % 0, DEMO_MARK % 1)
    return HttpResponse(page)
