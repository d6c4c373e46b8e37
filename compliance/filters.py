"""What an officer looks for, as a condition on events: every filter narrows what the scope shows, none widens it.

Used by the doors of the trail, by findings and by exports. Relies on `compliance.scope` for what may be seen at all.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from django.db.models import Q
from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints
from pydantic.types import AwareDatetime

from audit.acts import ACTS
from audit.models import Pseudonym
from chat.models import Device
from circles.errors import Unacceptable
from compliance.codes import KINDS, device_code, first_and_last, read_code
from compliance.groups import Group, acts_of

MOST: Final = 50  # values of one filter: more is not what somebody typed or ticked
ActName = Annotated[str, StringConstraints(max_length=40)]
Code = Annotated[str, StringConstraints(max_length=12)]
_OBJECT: Final = re.compile(r"[A-Za-z]{3,32}/[0-9a-f-]{1,36}", re.ASCII)
# An event's id begins with the millisecond in which it was made, its time was read a moment later.
_SLACK: Final = 2_000  # ms


class TrailFilter(Schema):
    """`from` is included, `to` is not. `who`, `on`, `pat`, `cir` are pseudonyms; a `code` is any of them, or a device,
    as it is shown. Values of one filter are alternatives, filters narrow each other.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to")
    act: Annotated[list[ActName], Field(max_length=MOST)] = []
    group: Annotated[list[Group], Field(max_length=MOST)] = []
    out: Literal["done", "refused"] | None = None
    who: UUID | None = None
    on: UUID | None = None
    pat: UUID | None = None
    cir: UUID | None = None
    dev: UUID | None = None
    ses: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None
    org: Annotated[list[UUID], Field(max_length=MOST)] = []
    obj: Annotated[str, StringConstraints(max_length=70)] | None = None
    err: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    code: Annotated[list[Code], Field(max_length=5)] = []


def condition(wanted: TrailFilter) -> Q:
    """All filters. Errors: `bad_input`."""
    found = narrowed(wanted)
    if acts := acts_wanted(wanted):
        found &= Q(act__in=acts)
    if wanted.out is not None:
        found &= Q(out=0) if wanted.out == "done" else ~Q(out=0)
    if wanted.org:
        found &= Q(org__in=wanted.org)
    return found


def acts_wanted(wanted: TrailFilter) -> list[str]:
    """Empty: all of them. Errors: `bad_input` for an act outside the vocabulary."""
    if unknown := set(wanted.act) - ACTS.keys():
        raise Unacceptable("bad_input", f"act: {len(unknown)} unknown")
    return sorted({*wanted.act, *(act for group in wanted.group for act in acts_of(group))})


def narrowed(wanted: TrailFilter) -> Q:
    """The filters that are no facets: all but act, outcome and organisation. Errors: `bad_input`."""
    found = _period(wanted.since, wanted.until)
    if wanted.err is not None:
        found &= ~Q(out=0)  # only refusals have a code, and they have an index
    for key in ("who", "on", "pat", "cir", "dev", "ses", "err"):
        value = getattr(wanted, key)
        if value is not None:
            found &= Q(**{key: value})
    if wanted.obj is not None:
        if _OBJECT.fullmatch(wanted.obj) is None:
            raise Unacceptable("bad_input", "obj")
        found &= Q(obj=wanted.obj)
    for code in wanted.code:
        found &= _coded(code)
    return found


def _period(since: datetime | None, until: datetime | None) -> Q:
    """Also in ids, by which events are found in order."""
    found = Q()
    if since is not None:
        found &= Q(t__gte=since, id__gte=_first_id(since, -_SLACK))
    if until is not None:
        found &= Q(t__lt=until, id__lt=_first_id(until, _SLACK))
    return found


def _first_id(moment: datetime, shift: int) -> UUID:
    """The smallest UUIDv7 of the millisecond `shift` after this one; times that it has no room for, its ends."""
    return UUID(int=max(0, min(int(moment.timestamp() * 1000) + shift, 2**48 - 1)) << 80)


def _coded(code: str) -> Q:
    read = read_code(code)
    if read is None:
        raise Unacceptable("bad_input", "code")
    letter, bits = read
    if letter == "A":
        devices = Device.objects.values_list("id", flat=True)
        return Q(dev__in=[device for device in devices if read_code(device_code(device)) == read])
    kind = next(kind for kind, short in KINDS.items() if short == letter)
    names = list(
        Pseudonym.objects.filter(kind=kind, pseudonym__range=first_and_last(bits)).values_list("pseudonym", flat=True)
    )
    match kind:
        case "Person":
            return Q(who__in=names) | Q(on__in=names) | Q(obj__in=[f"Person/{name}" for name in names])
        case "Patient":
            return Q(pat__in=names)
        case _:
            return Q(cir__in=names)
