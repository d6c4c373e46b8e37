"""The ground floor: the trail of acts. Its figures are registered when the process starts."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from prometheus_client import REGISTRY

        from audit.health import LogCollector

        REGISTRY.register(LogCollector())
