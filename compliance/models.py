"""The tables of the officer's desk, in one place so that Django finds them."""

from __future__ import annotations

from compliance.models_resolutions import Resolution

__all__ = ["Resolution"]
