"""Finds what a FHIR reference points to among what the same source has given. One query for a chunk of links.

Used by `directory.services`; relies on `directory.models`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from django.db.models import Q

from directory.fhir import FhirRefusal
from directory.models import Organization, Practitioner
from directory.records import Link

Target = TypeVar("Target", Organization, Practitioner)


class Links(Generic[Target]):
    """The rows of `model` that `links` may mean. `urls`: what a Bundle calls its entries, `urn:uuid:…` → `Type/id`."""

    def __init__(self, model: type[Target], links: Iterable[Link], *, source: str, urls: Mapping[str, str]) -> None:
        self._place = re.compile(rf"(?:.*/)?{model.__name__}/([A-Za-z0-9\-.]{{1,64}})(?:/_history/.*)?")
        self._urls = urls
        self._by_id: dict[str, Target] = {}
        self._by_identifier: dict[tuple[str, str], Target] = {}
        links = list(links)
        ids = {found for link in links if (found := self._fhir_id(link))}
        values = {link.identifier.value for link in links if link.identifier and not link.reference}
        for row in model._default_manager.filter(Q(fhir_id__in=ids) | Q(identifier_value__in=values), source=source):
            self._by_id[row.fhir_id] = row
            self._by_identifier[row.identifier_system, row.identifier_value] = row

    def find(self, link: Link) -> Target:
        """Raises FhirRefusal `unknown_reference` when the source never gave it."""
        target = None
        if fhir_id := self._fhir_id(link):
            target = self._by_id.get(fhir_id)
        elif link.identifier and not link.reference:
            target = self._by_identifier.get((link.identifier.system, link.identifier.value))
        if target is None:
            raise FhirRefusal("unknown_reference", link.path)
        return target

    def _fhir_id(self, link: Link) -> str | None:
        reference = link.reference or ""
        match = self._place.fullmatch(self._urls.get(reference, reference))
        return match[1] if match else None
