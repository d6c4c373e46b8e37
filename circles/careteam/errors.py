"""Why a FHIR request was refused: one issue or several, each with a stable code and the place it is about.

`config.fhir` makes an OperationOutcome of it, and of every other refusal below `/fhir/`. No issue holds a value that
was sent: it may name a patient.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """`type` is a FHIR issue type, `expression` a FHIRPath such as `Bundle.entry[2].resource.identifier[0]`."""

    code: str
    type: str = "invalid"
    expression: str = ""


class FhirRefused(Exception):
    """The first issue names the refusal as a whole."""

    def __init__(self, *issues: Issue, status: int = 422) -> None:
        super().__init__(issues[0].code)
        self.issues = issues
        self.code = issues[0].code
        self.status = status
        self.detail = issues[0].expression


def refused(code: str, expression: str = "", *, type: str = "invalid", status: int = 422) -> FhirRefused:  # noqa: A002 — FHIR's word
    return FhirRefused(Issue(code, type, expression), status=status)


def unknown(expression: str = "") -> FhirRefused:
    """Absent, or of somebody else: the two answer alike."""
    return refused("not_found", expression, type="not-found", status=404)
