"""Exports that officers have asked for, made by a round of `manage.py tend`, a few seconds at a go.

A go claims one export, takes it up where it stands, and lets go; one that is killed is taken up again when its claim is
over. What belongs into it is asked of the organisation's scope, as it is now. Relies on `audit.export` for the proof.
"""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any, Final, cast
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.details import words_of
from audit.export import Export as Machine
from audit.models import Event, Pseudonym
from compliance.codes import code_of
from compliance.exports import store
from compliance.exports.choice import in_words
from compliance.exports.people import Files, Format, verified_with
from compliance.filters import TrailFilter, condition
from compliance.models_exports import Export
from compliance.scope import scope_of

GO_SECONDS: Final = 5.0  # of a round: the others wait meanwhile
CLAIM: Final = timedelta(minutes=5)  # longer than any one step
KEPT: Final = timedelta(days=7)

log = structlog.get_logger(__name__)


def make_exports() -> int:
    """Work on the oldest that waits, and remove what has expired; how many became ready or expired."""
    return _expire() + _work()


def _work() -> int:
    export = _claim()
    if export is None:
        return 0
    try:
        ready = _go(export, until=monotonic() + GO_SECONDS)
    except Exception:
        # Asked for again by hand, when the reason is mended; the others do not wait behind it.
        log.exception("export.failed", export=str(export.id))
        Export.objects.filter(id=export.id).update(state=Export.State.FAILED, claimed=None)
        store.remove(export.id)
        return 0
    Export.objects.filter(id=export.id).update(claimed=None)
    return int(ready)


@transaction.atomic
def _claim() -> Export | None:
    now = timezone.now()
    free = Export.objects.filter(Q(claimed=None) | Q(claimed__lt=now), state=Export.State.WAITING)
    export = free.select_for_update(skip_locked=True).order_by("asked").first()
    if export is not None:
        export.claimed = now + CLAIM
        export.save(update_fields=("claimed",))
    return export


def _go(export: Export, *, until: float) -> bool:
    """True when it is ready; False when the go is over first."""
    folder = store.folder(export.id)
    if folder.exists():  # ended between the last two steps
        return _ready(export)
    filters = TrailFilter.model_validate(export.filters)
    events = scope_of(export.organization).events().filter(condition(filters))
    facts = _facts(export, filters)
    machine = Machine.begin(folder, asked=facts, events=events)
    for written, total in machine.write():
        _tell(export, written / total * 50)
        if monotonic() > until:
            return False
    files = Files(machine.draft, cast(list[Format], export.formats), machine.checkpoint.origin, settings.PUBLIC_URL)
    total = max(1, machine.count())
    for done in files.write():
        _tell(export, 50 + done / total * 45)
        if monotonic() > until:
            return False
    files.finish(facts | verified_with(machine.checkpoint))
    export.events = machine.count()
    export.save(update_fields=("events",))
    machine.finish()
    return _ready(export)


def _ready(export: Export) -> bool:
    export.size = store.pack(export.id)
    export.state, export.percent, export.expires = Export.State.READY, 100, timezone.now() + KEPT
    export.save(update_fields=("size", "state", "percent", "expires"))
    return True


def _expire() -> int:
    past = Export.objects.filter(state=Export.State.READY, expires__lte=timezone.now())
    ids = list(past.values_list("id", flat=True))
    for export_id in ids:
        store.remove(export_id)
    return Export.objects.filter(id__in=ids).update(state=Export.State.EXPIRED, size=None)


def _tell(export: Export, percent: float) -> None:
    Export.objects.filter(id=export.id).update(percent=int(percent), claimed=timezone.now() + CLAIM)


def _facts(export: Export, filters: TrailFilter) -> dict[str, Any]:
    """Who asked for what and why: into the manifest and the report."""
    return {
        "organisation": export.organization.name,
        "by": _code(export.asked_by_id),
        "made": export.asked.isoformat(timespec="seconds"),
        "reason": reason_of(export.event),
        "filters": export.filters,
        "chosen": in_words(filters),
    }


def reason_of(event: Event) -> str:
    """As it is sealed beside `export.create`; nothing of an officer who was erased since."""
    return words_of(event.details.get(key="rsn")) or ""


def _code(user_id: UUID) -> str:
    return code_of("Person", Pseudonym.objects.get(kind="Person", subject=user_id).pseudonym)
