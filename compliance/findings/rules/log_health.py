"""The log itself: events that wait too long to be signed, that were set aside or are missing; witnesses that
do not come, checkpoints that nobody takes elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from compliance.findings.day import Day, Found, Health


def find(day: Day) -> Iterator[Found]:
    """One finding a day for everything that is wrong at the moment of looking; past days are not asked again."""
    health = day.known.health()
    if health is None:
        return
    facts = _wrong(day, health)
    if facts:
        # What is missing or was set aside may be a forgery; the rest is late.
        lost = health.rejected > 0 or health.gaps > 0
        yield Found(rule="log_health", about=str(day.day), score=95 if lost else 50, evidence=(), facts=facts)


def _wrong(day: Day, health: Health) -> dict[str, int]:
    facts: dict[str, int] = {}
    if health.lag_seconds > day.thresholds["lag_seconds"]:
        facts["lag"] = round(health.lag_seconds)
    for name in ("rejected", "gaps", "witnesses_missing"):
        if count := getattr(health, name):
            facts[name] = count
    if health.now - health.outside > timedelta(days=day.thresholds["outside_days"]):
        facts["outside_days"] = (health.now - health.outside).days
    return facts
