"""A transaction Bundle of the guide (creation, update), as the list of what it sends. Pure."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

from circles.careteam.errors import refused
from circles.careteam.receiving import Sent
from circles.careteam.sealing import Resource
from circles.careteam.vocabulary import MOST_ENTRIES, PROFILES

_VERSION: Final = re.compile(r'(?:W/)?"(\d{1,9})"', re.ASCII)


def entries(bundle: Resource) -> list[Sent]:
    """Errors: `wrong_resource`, `not_a_transaction`, `too_many_entries`, `entry_incomplete`, `not_supported`,
    `bad_version`, `one_team_required`. Looks at nothing inside an entry before the entries are counted.
    """
    if bundle.get("resourceType") != "Bundle":
        raise refused("wrong_resource", "Bundle", type="structure")
    if bundle.get("type") != "transaction":
        raise refused("not_a_transaction", "Bundle.type", type="value")
    listed = bundle.get("entry") or []
    if not isinstance(listed, list):
        raise refused("entry_incomplete", "Bundle.entry", type="structure")
    if len(listed) > MOST_ENTRIES:
        raise refused("too_many_entries", "Bundle.entry", type="too-costly", status=413)
    sent = [_entry(each, f"Bundle.entry[{at}]") for at, each in enumerate(listed)]
    if not any(each.kind == "CareTeam" for each in sent):
        raise refused("one_team_required", "Bundle.entry", type="required")
    urls = [each.url for each in sent if each.url is not None]
    if len(set(urls)) != len(urls):
        raise refused("entry_twice", "Bundle.entry", type="duplicate")
    return sent


def _entry(entry: Any, place: str) -> Sent:
    request = entry.get("request") if isinstance(entry, dict) else None
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(request, dict) or not isinstance(resource, dict):
        raise refused("entry_incomplete", place, type="required")
    kind, place = str(resource.get("resourceType", "")), f"{place}.resource"
    if kind not in PROFILES or any(name in request for name in ("ifNoneExist", "ifNoneMatch", "ifModifiedSince")):
        raise refused("not_supported", place, type="not-supported")
    url = entry.get("fullUrl")
    url = url if isinstance(url, str) else None
    method, _, wanted = (str(request.get("method")), *str(request.get("url", "")).partition("/")[1:])
    named = str(request.get("url", "")).partition("/")[0]
    if method == "POST" and not wanted and named == kind:
        return Sent(kind, resource, place, url=url)
    if method == "PUT" and named == kind:
        return Sent(kind, resource, place, _id(wanted, place), version_of(request.get("ifMatch"), place), url)
    raise refused("not_supported", place.removesuffix("resource") + "request", type="not-supported")


def _id(text: str, place: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise refused("not_found", place, type="not-found", status=404) from error


def version_of(if_match: object, place: str) -> int | None:
    """`W/"3"` → 3. Raises `bad_version`."""
    if if_match is None:
        return None
    found = _VERSION.fullmatch(str(if_match))
    if found is None:
        raise refused("bad_version", place, type="value", status=400)
    return int(found[1])
