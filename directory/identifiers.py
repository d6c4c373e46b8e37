"""The national identifiers of professionals and structures, and their two spellings. Pure.

Used by `directory.fhir`, `directory.selectors` and `directory.generate`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

RPPS: Final = "https://rpps.esante.gouv.fr"
FINESS: Final = "https://finess.esante.gouv.fr"
SIRET: Final = "https://sirene.fr"
# Identifiants nationaux de PS et de structure (ANS): a digit for the kind, then the identifier itself.
IDNPS: Final = "urn:oid:1.2.250.1.71.4.2.1"
IDNST: Final = "urn:oid:1.2.250.1.71.4.2.2"
# Which one to keep when a resource has several: the one that other directories would use.
PREFERRED: Final = (RPPS, FINESS, SIRET, IDNPS, IDNST)

_KINDS: Final = MappingProxyType({(IDNPS, "8"): (RPPS, 11), (IDNST, "1"): (FINESS, 9), (IDNST, "3"): (SIRET, 14)})


def plain(system: str, value: str) -> tuple[str, str]:
    """IDNPS `810003461033` and RPPS `10003461033` are one number: the second spelling, so that both are equal."""
    kind = _KINDS.get((system, value[:1]))
    if kind is not None and len(value) == kind[1] + 1:
        return kind[0], value[1:]
    return system, value
