"""Where exceptions become HTTP answers `{code, detail}`; codes are stable, the browser words them.

Rooms raise errors that carry `.code` and `.status` (each room's errors.py); `config/api.py` installs these handlers on
the API. An unknown exception is answered `internal` and logged by type and place only: its text may hold what a person
wrote.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Protocol, TypeGuard

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled
from ninja.errors import ValidationError as BadInput

log = structlog.get_logger(__name__)


class CodedError(Protocol):
    code: str
    status: int


def coded(error: BaseException) -> TypeGuard[CodedError]:
    return isinstance(getattr(error, "code", None), str) and isinstance(getattr(error, "status", None), int)


def answer(api: NinjaAPI, request: HttpRequest, *, status: int, code: str, detail: str = "") -> HttpResponse:
    return api.create_response(request, {"code": code, "detail": detail}, status=status)


def install(api: NinjaAPI) -> None:
    """One handler per family; ninja picks the closest class in an exception's ancestry."""

    @api.exception_handler(BadInput)
    def bad_input(request: HttpRequest, error: BadInput) -> HttpResponse:
        # Where and which rule; never the value, which may name a patient.
        places = [f"{'.'.join(str(step) for step in entry['loc'][1:])}: {entry['type']}" for entry in error.errors]
        return answer(api, request, status=422, code="bad_input", detail="; ".join(places))

    @api.exception_handler(AuthenticationError)
    def signed_out(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return answer(api, request, status=401, code="signed_out")

    @api.exception_handler(Throttled)
    def too_many(request: HttpRequest, error: Throttled) -> HttpResponse:
        return answer(api, request, status=429, code="too_many")

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        return answer(api, request, status=404, code="not_found")

    @api.exception_handler(RequestDataTooBig)
    def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return answer(api, request, status=413, code="bad_input")

    @api.exception_handler(HttpError)
    def refused_by_ninja(request: HttpRequest, error: HttpError) -> HttpResponse:
        # 400: a body that is not JSON; 403: the CSRF check; 405 is answered by Django itself.
        return answer(api, request, status=error.status_code, code=code_of(error.status_code))

    @api.exception_handler(Exception)
    def any_other(request: HttpRequest, error: Exception) -> HttpResponse:
        if coded(error):
            return answer(api, request, status=error.status, code=error.code, detail=getattr(error, "detail", ""))
        log.error("http.failed", error=type(error).__name__, place=_place(error), path=request.path)
        return answer(api, request, status=500, code="internal")


def code_of(status: int) -> str:
    """The code of a refusal that says nothing but its status."""
    return "bad_input" if status == HTTPStatus.BAD_REQUEST else HTTPStatus(status).name.lower()


# --- outside the API: what Django itself answers (named in config/urls.py and settings) -------------------------------
def bad_request_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse({"code": "bad_input", "detail": ""}, status=400)


def csrf_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    return JsonResponse({"code": "csrf_failed", "detail": ""}, status=403)


def not_found_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse({"code": "not_found", "detail": ""}, status=404)


def internal_page(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"code": "internal", "detail": ""}, status=500)


def _place(error: BaseException) -> str:
    """`file:line` of the innermost frame."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
