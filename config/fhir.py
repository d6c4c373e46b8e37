"""The FHIR interface below `/fhir/` (docs/protocol.md "FHIR"): its API, what it accepts and sends, how it refuses.

`Fhir` is Django middleware, so that also what no operation has seen (an unknown address, a wrong method, a body that is
too large) is answered with an OperationOutcome. Rooms raise coded errors as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import ValidationError as BadInput
from ninja.renderers import JSONRenderer

from circles.careteam.api_writing import router
from circles.careteam.errors import FhirRefused
from config import errors

MEDIA: Final = "application/fhir+json"
ACCEPTED: Final = (MEDIA, "application/json", "text/json")
# FHIR's issue types for refusals that say nothing more.
_TYPES: Final = {
    413: "too-long",
    401: "login",
    403: "forbidden",
    404: "not-found",
    409: "conflict",
    429: "throttled",
    500: "exception",
}


class FhirJson(JSONRenderer):
    media_type = MEDIA


api = NinjaAPI(
    title="Cordée FHIR",
    version=settings.VERSION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="fhir",
    renderer=FhirJson(),
)
errors.install(api)
api.add_router("", router)


@api.exception_handler(FhirRefused)
def fhir_refused(request: HttpRequest, error: FhirRefused) -> HttpResponse:
    issues = [{"code": each.code, "type": each.type, "expression": each.expression} for each in error.issues]
    return api.create_response(request, {"code": error.code, "issues": issues}, status=error.status)


@api.exception_handler(BadInput)
def no_such_address(request: HttpRequest, error: BadInput) -> HttpResponse:
    """Operations read bodies and parameters themselves: what ninja does not take is an id that is none of ours."""
    return errors.answer(api, request, status=404, code="not_found")


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return errors.answer(api, request, status=413, code="too_large")


class Fhir:
    """Refuses other formats, and makes an OperationOutcome of every refusal below `/fhir/`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/fhir":  # the base as clients write it, for a transaction
            request.path_info = "/fhir/"
        if not request.path_info.startswith("/fhir/"):
            return self.get_response(request)
        response = _wrong_format(request) or self.get_response(request)
        if response.status_code < 400 or not isinstance(response, HttpResponse):
            return response
        return _outcome(response)


def _wrong_format(request: HttpRequest) -> HttpResponse | None:
    """XML is not spoken here: 406 for who asks for it, 415 for who sends it."""
    asked = request.GET.get("_format", "json").replace(" ", "+")
    accepted = request.headers.get("Accept", "*/*")
    if asked not in ("json", *ACCEPTED) or not any(each in accepted for each in ("*/*", "application/*", *ACCEPTED)):
        return errors.answer(api, request, status=406, code="not_acceptable")
    if request.method in ("POST", "PUT") and request.content_type not in ACCEPTED:
        return errors.answer(api, request, status=415, code="unsupported_media_type")
    return None


def _outcome(response: HttpResponse) -> HttpResponse:
    said = _said(response)
    shown = HttpResponse(
        json.dumps(
            {"resourceType": "OperationOutcome", "issue": [_issue(each, response.status_code) for each in said]}
        ),
        status=response.status_code,
        content_type=f"{MEDIA}; charset=utf-8",
    )
    for name in ("Allow", "Retry-After"):
        if name in response:
            shown[name] = response[name]
    if response.status_code == 401:
        shown["WWW-Authenticate"] = 'Bearer realm="cordee"'
    return shown


def _said(response: HttpResponse) -> list[dict[str, Any]]:
    """The issues of a coded refusal; of anything else the status alone."""
    try:
        told = json.loads(response.content)
        return told.get("issues") or [{"code": told["code"], "expression": ""}]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [{"code": errors.code_of(response.status_code), "expression": ""}]


def _issue(said: dict[str, Any], status: int) -> dict[str, Any]:
    issue = {
        "severity": "error",
        "code": said.get("type") or _TYPES.get(status, "invalid" if status < 500 else "exception"),
        "details": {"coding": [{"system": f"{settings.PUBLIC_URL}/fhir/CodeSystem/refusal", "code": said["code"]}]},
    }
    return issue | ({"expression": [said["expression"]]} if said["expression"] else {})
