"""Which sector somebody works in: health, medico-social or social. One rule and one table. Pure.

Used by `directory.fhir` (structures) and `directory.services` (roles).

The rule: **a medico-social or social structure gives its sector to everybody who practises there; otherwise the
profession decides.** A nurse of an SSIAD is medico-social, a social worker of a hospital is social. A professional of
TRE_R95 (users of a title) or TRE_R291 counts as health in a health structure, and as social where there is none.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal

from directory.professions import G15, R85, R94, R95, R291, system

Sector = Literal["health", "medico_social", "social"]

R66: Final = system("TRE_R66-CategorieEtablissement")  # FINESS category
R244: Final = system("TRE_R244-CategorieOrganisation")  # ROR category of organisation
R02: Final = system("TRE_R02-SecteurActivite")  # Annuaire Santé sector of activity
# When a structure has several codes, the most precise nomenclature speaks.
CATEGORIES: Final = (R66, R244, R02)


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


# R66 and R244 list establishments of care: their codes in no row are health. R02 also lists firms, insurers and
# ministries: its health row is explicit, and the rest tells nothing.
_STRUCTURES: Final = MappingProxyType[str, dict[Sector, frozenset[str]]](
    {
        R66: {
            "medico_social": _codes(
                # Children and adults with disabilities.
                "182 183 186 188 189 190 192 194 195 196 198 221 238 242 246 249 255 370 390 395 396 "
                "402 445 446 448 449 461 464 609 "
                # Older people, help and care at home.
                "202 207 209 354 381 460 463 500 501 502 "
                # Addictions and precarity (CASF L312-1, 9°).
                "165 178 180 197 213 608"
            ),
            "social": _codes(
                # Protection of childhood and families.
                "159 166 172 175 176 177 236 241 286 295 378 440 441 462 640 643 644 "
                # Lodging, insertion, asylum.
                "214 216 218 219 256 257 258 259 324 380 442 443 "
                # Social services, protection of adults.
                "220 340 341 342 344 345 359 400 403 405 411"
            ),
        },
        R244: {
            "medico_social": _codes(
                "21 22 23 24 25 26 27 28 29 30 31 32 36 37 38 39 40 41 43 44 45 46 48 49 50 51 52 53 54 57 58 59 "
                "60 61 62 64 65 66 74 75 80 81 84 93 94 95 96 97 132 136 143 258 259 260 261"
            ),
            "social": _codes("33 34 35 47 67 135"),
        },
        R02: {
            "medico_social": _codes("SA16 SA17 SA41"),
            "social": _codes("SA18 SA20 SA21 SA24 SA27 SA28"),
            "health": _codes(
                "SA01 SA02 SA03 SA04 SA05 SA06 SA07 SA08 SA09 SA10 SA12 SA13 SA15 SA25 SA29 SA30 SA33 SA34 "
                "SA36 SA37 SA38 SA39 SA40 SA42 SA50 SA51 SA52 SA53 SA54 SA56 SA57 SA59 SA60 SA61 SA63 SA64 "
                "SA65 SA66 SA67 SA69"
            ),
        },
    }
)

# TRE_R85 mixes all sectors: roles that are not health.
_ROLES: Final[dict[Sector, frozenset[str]]] = {
    "medico_social": _codes("308 309 310 311 323"),
    "social": _codes("300 302 303 304 307 318 319 320 321 322 324 325 326 327 328 345 350 351 352 371 372"),
}


def sector_of_structure(system: str, code: str) -> Sector | None:
    """None when the category does not tell (an unknown nomenclature, or a sector of activity outside care)."""
    table = _STRUCTURES.get(system)
    if table is None:
        return None
    for sector, codes in table.items():
        if code in codes:
            return sector
    return None if "health" in table else "health"


def sector_of_role(*, profession_system: str, profession_code: str, structure: Sector | None) -> Sector:
    """The sector of a person of this profession in a structure of this sector (None: unknown, or no structure)."""
    if structure in ("medico_social", "social"):
        return structure
    if profession_system == G15:
        return "health"
    if profession_system == R94:
        return "social"
    if profession_system == R85:
        return next((sector for sector, codes in _ROLES.items() if profession_code in codes), "health")
    if profession_system in (R95, R291):
        return structure or "social"
    return structure or "health"
