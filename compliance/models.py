"""The tables of the officer's desk, in one place so that Django finds them."""

from __future__ import annotations

from compliance.models_certificates import Certificate
from compliance.models_exports import Export
from compliance.models_findings import Annotation, Evidence, Finding, MonthlyReport, Thresholds, Watch
from compliance.models_resolutions import Resolution

__all__ = [
    "Annotation",
    "Certificate",
    "Evidence",
    "Export",
    "Finding",
    "MonthlyReport",
    "Resolution",
    "Thresholds",
    "Watch",
]
