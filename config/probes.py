"""Doors of the operator's machines: `/healthz` for the load balancer and `/metrics` for Prometheus.

Middleware before the Host check, because probes come by address and not by the public name. The rooms register their
own figures with prometheus-client; this one counts HTTP answers.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable

import prometheus_client
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from redis import RedisError

ANSWERS = prometheus_client.Counter("cordee_http_answers", "HTTP answers", ["method", "status"])
SECONDS = prometheus_client.Histogram("cordee_http_seconds", "Duration of HTTP answers")


class Probes:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return HttpResponse(status=200 if _postgresql_answers() and _redis_answers() else 503)
        if request.path == "/metrics":
            return _metrics(request)
        started = time.perf_counter()
        response = self.get_response(request)
        SECONDS.observe(time.perf_counter() - started)
        ANSWERS.labels(request.method, response.status_code).inc()
        return response


def _metrics(request: HttpRequest) -> HttpResponse:
    """Figures for a collector on this machine; for everybody else there is nothing here."""
    # A proxy on this machine also comes from 127.0.0.1, but names the client it speaks for.
    if "HTTP_X_FORWARDED_FOR" in request.META or not ipaddress.ip_address(request.META["REMOTE_ADDR"]).is_loopback:
        return HttpResponseNotFound()
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
