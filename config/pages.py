"""What is served besides the API: the built single-page application, `/healthz` and `/metrics`."""

from __future__ import annotations

import ipaddress

import prometheus_client
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from redis import RedisError


@require_safe
@never_cache
@ensure_csrf_cookie
def application(request: HttpRequest) -> HttpResponse:
    """index.html for every page address; the browser's router decides. It also hands out the CSRF cookie."""
    index = settings.FRONTEND_DIST / "index.html"
    if not index.is_file():
        raise Http404("The frontend is not built: `make build`.")
    return HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when PostgreSQL and Redis answer, otherwise 503: for the load balancer."""
    return HttpResponse(status=200 if _postgresql_answers() and _redis_answers() else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in Prometheus' text format, for a collector on this machine; absent for everybody else."""
    if not ipaddress.ip_address(request.META["REMOTE_ADDR"]).is_loopback:
        raise Http404
    return HttpResponse(prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_PLAIN_0_0_4)


def _postgresql_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        cache.get("healthz")
    except RedisError:
        return False
    return True
