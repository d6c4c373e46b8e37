"""A certificate for people: one page that says what was asked and found, then each person, then how to check it.

In French, for a director or a judge. Made from the JSON document alone, so that the two cannot differ; reportlab, whose
own fonts go into the file. Used by `compliance.api_certificates` and `manage.py certify`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from uuid import UUID
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from compliance.codes import code_of, device_code

_FONTS: Final = {"Vera": "Vera.ttf", "Vera-Bold": "VeraBd.ttf"}  # come with reportlab
_INK, _QUIET, _ROPE, _LATER = (colors.HexColor(each) for each in ("#14222a", "#566870", "#0f4258", "#73848a"))
_PARIS: Final = ZoneInfo("Europe/Paris")
_WIDTH: Final = 174 * mm
_MOST_BARS: Final = 40  # more do not fit on a page; the table has everybody

_ROLES: Final = {"coordinator": "coordination", "member": "membre", "guest": "invité", "delegate": "secrétariat"}
_GROUNDS: Final = {
    "same_structure": "même structure de soins (CSP L1110-4, III, 1°)",
    "chosen_by_patient": "choix du patient (CSP L1110-4, III et L1110-12, 2°)",
    "formal_team": "équipe de soins formalisée (CSP L1110-12, 3°)",
    "outside_team": "hors équipe de soins, consentement préalable (CSP D1110-3-1)",
    "no_patient": "échange sans patient",
}
_HANDED: Final = {
    "message.read": "messages chiffrés remis",
    "circle.listen": "appareil à l’écoute du cercle",
    "attachment.read": "fichier chiffré remis",
    "circle.open": "ouverture signalée par l’appareil",
}

Json = dict[str, Any]


def render(document: bytes, *, organisation: str) -> bytes:
    """The PDF of this very JSON; `organisation` is the name of the one it was made for."""
    for name, file in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, file))
    content: Json = json.loads(document)
    claim, names = content["claim"], {each["user"]: each for each in content["names"]}
    codes = {
        each["subject"]: code_of(each["kind"], UUID(each["pseudonym"])) for each in content["evidence"]["bindings"]
    }
    story: list[Flowable] = [
        _text("Certificat : qui avait le droit de lire", "title"),
        _text(_made(content, organisation), "quiet"),
        Spacer(1, 5 * mm),
        _text(_asked(claim, codes), "body"),
        Spacer(1, 3 * mm),
        _text(_found(claim), "strong"),
        Spacer(1, 4 * mm),
        _bars(claim, codes, names),
        Spacer(1, 2 * mm),
        _text(
            "Avoir le droit de lire n’est pas avoir lu. Le contenu des échanges est chiffré de bout en bout : ni la"
            " structure ni l’hébergeur ne peuvent le lire, et il ne figure pas ici.",
            "body",
        ),
        Spacer(1, 6 * mm),
        _text("Les personnes", "heading"),
        *(flowable for person in claim["people"] for flowable in _person(person, codes, names)),
        _text("Comment vérifier", "heading"),
        *(_text(each, "body") for each in _how(content, document)),
    ]
    out = BytesIO()
    SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title="Certificat : qui avait le droit de lire",
        author="Cordée",
        lang="fr-FR",
    ).build(story, onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


def _made(content: Json, organisation: str) -> str:
    return f"Établi le {_moment(content['made']['t'])} pour « {organisation} » par Cordée."


def _asked(claim: Json, codes: dict[str, str]) -> str:
    about, circle = claim["about"], codes[claim["circle"]]
    if "message" in about:
        return (
            f"Objet : le message {about['message']} du cercle {circle}, enregistré le {_moment(about['t'])} à l’époque"
            f" {claim['epochs'][0]} (empreinte SHA-256 du chiffré : {about['sha']})."
        )
    first, last = claim["epochs"]
    return (
        f"Objet : les échanges du cercle {circle} du {_moment(about['from'])} au {_moment(about['to'])}"
        f" (époques {first} à {last})."
    )


def _found(claim: Json) -> str:
    people = claim["people"]
    granted = sum(bool(person["grants"]) for person in people)
    left = sum(person["left"] is not None for person in people)
    return (
        f"{len(people)} personne(s) avaient le droit de lire. {granted} l’ont reçu, en tout ou partie, par une"
        f" transmission d’historique signée ; {left} ont depuis quitté le cercle."
    )


def _who(person: Json, codes: dict[str, str], names: dict[str, Json]) -> str:
    named = names.get(person["user"])
    return codes[person["user"]] + ("" if named is None else f" · {named['name']}")


# --- the plot ---


def _bars(claim: Json, codes: dict[str, str], names: dict[str, Json]) -> Drawing:
    """Who could read from when until they left: a bar each, lighter when by a history grant alone."""
    people = claim["people"][:_MOST_BARS]
    starts = [_at(person["since"]) for person in people] or [_at(claim["about"].get("from") or claim["about"]["t"])]
    end = max(
        [_at(claim["about"].get("to") or claim["about"]["t"]), *starts, *(_at(p["left"]) for p in people if p["left"])]
    )
    begin, label, row = min(starts), 62 * mm, 11
    span = max((end - begin).total_seconds(), 1.0)
    drawing = Drawing(_WIDTH, row * len(people) + 22)
    for number, person in enumerate(people):
        y = row * (len(people) - number) + 4
        left = label + (_WIDTH - label) * (_at(person["since"]) - begin).total_seconds() / span
        until = end if person["left"] is None else _at(person["left"])
        width = (_WIDTH - label) * max((until - _at(person["since"])).total_seconds(), 0) / span
        who = _who(person, codes, names)
        drawing.add(String(0, y, who[:38], fontName="Vera", fontSize=7, fillColor=_INK))
        left = min(left, _WIDTH - 3)
        colour = _ROPE if person["epochs"] else _LATER
        drawing.add(Rect(left, y - 1, max(min(width, _WIDTH - left), 3), 6, fillColor=colour, strokeColor=None))
    drawing.add(Line(label, 10, _WIDTH, 10, strokeColor=_QUIET, strokeWidth=0.5))
    drawing.add(String(label, 0, _moment_at(begin), fontName="Vera", fontSize=6, fillColor=_QUIET))
    drawing.add(String(_WIDTH, 0, _moment_at(end), fontName="Vera", fontSize=6, fillColor=_QUIET, textAnchor="end"))
    return drawing


# --- each person ---


def _person(person: Json, codes: dict[str, str], names: dict[str, Json]) -> list[Flowable]:
    named = names.get(person["user"])
    who = _who(person, codes, names)
    if named is not None:
        who += f", {named['profession']}" + (f", {named['structure']}" if named["structure"] else "")
    rows = [
        ("Place", f"{_ROLES[person['role']]} ; {_GROUNDS[person['ground']]}"),
        (
            "Depuis",
            _moment(person["since"])
            + (f" ; fin prévue le {_moment(person['not_after'])}" if person["not_after"] else ""),
        ),
        (
            "Jusqu’à",
            "toujours membre" if person["left"] is None else f"a quitté le groupe le {_moment(person['left'])}",
        ),
        ("Pourquoi", _why(person)),
        ("Appareils", " ; ".join(_device(each) for each in person["devices"]) or "aucun"),
        ("Identité", _identity(person, named)),
    ]
    if person["ground"] == "outside_team":
        rows.append(
            ("Consentement", f"acte {person['consent']}" if person["consent"] else "aucun enregistrement retrouvé")
        )
    if person["handed_over"]:
        rows.append(
            ("Remis", " ; ".join(f"{_HANDED[each['act']]} le {_moment(each['t'])}" for each in person["handed_over"]))
        )
    table = Table(
        [[_text(label, "quiet"), _text(value, "small")] for label, value in rows],
        colWidths=(26 * mm, _WIDTH - 26 * mm),
    )
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ]
    table.setStyle(TableStyle(style))
    return [_text(who, "strong"), table, Spacer(1, 3 * mm)]


def _why(person: Json) -> str:
    by_roster = [f"membre du groupe aux époques {first} à {last}" for first, last in person["epochs"]]
    by_grant = [
        f"historique transmis, époques {first} à {last} (transmission {grant})"
        for first, last, grant in person["grants"]
    ]
    return " ; ".join(by_roster + by_grant)


def _device(device: Json) -> str:
    how = "dans le groupe" if device["in_roster"] else "par le coffre de la personne"
    ended = "" if device["ended"] is None else f", retiré le {_moment(device['ended'])}"
    return f"{device_code(UUID(device['id']))} ({how}, ajouté le {_moment(device['added'])}{ended})"


def _identity(person: Json, named: Json | None) -> str:
    if named is not None and named["attestation"] is not None:
        return "clé attestée par la structure, signature vérifiable ci-jointe"
    if person["attested"] is not None:
        return "clé attestée par une structure (acte au journal)"
    return (
        "clé liée à la première connexion ou par sa rotation signée (acte au journal)"
        if person["bound"]
        else "clé sans acte de liaison"
    )


# --- how to check it ---


def _how(content: Json, document: bytes) -> list[str]:
    origins = ", ".join(content["evidence"]["checkpoints"])
    return [
        "Ce document se lit ; la preuve est le fichier JSON du même nom, dont l’empreinte SHA-256 est"
        f" {hashlib.sha256(document).hexdigest()}.",
        "Il se vérifie sans Cordée et sans réseau, avec un seul fichier de programme et la clé publique du journal,"
        " obtenue par une autre voie : python verify.py certificate FICHIER.json --vkey CLÉ",
        f"Journal : {origins}. Chaque fait (entrée, départ, changement de règle, transmission, appareil) y est inscrit"
        f" et prouvé ; {len(content['evidence']['facts'])} actes sont joints. La liste des personnes est recalculée à"
        " partir de ce que leurs appareils ont signé.",
        "Ce que ce document ne montre pas : qu’une personne a lu ; ce qu’elle a montré à d’autres ; une transmission"
        " d’historique que l’exploitant aurait omis de joindre (l’export complet du journal la montrerait). Un nom sans"
        " attestation n’est que la parole du serveur.",
    ]


# --- words and places ---


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment(text: str) -> str:
    return _moment_at(_at(text))


def _moment_at(moment: datetime) -> str:
    return f"{moment.astimezone(_PARIS):%d/%m/%Y à %H:%M:%S}"


_STYLES: Final = {
    "title": ParagraphStyle("title", fontName="Vera-Bold", fontSize=16, leading=20, textColor=_INK),
    "heading": ParagraphStyle("heading", fontName="Vera-Bold", fontSize=11, leading=18, textColor=_ROPE),
    "strong": ParagraphStyle("strong", fontName="Vera-Bold", fontSize=9, leading=13, textColor=_INK),
    "body": ParagraphStyle("body", fontName="Vera", fontSize=8.5, leading=13, textColor=_INK, spaceAfter=4),
    "small": ParagraphStyle("small", fontName="Vera", fontSize=7.5, leading=10, textColor=_INK),
    "quiet": ParagraphStyle("quiet", fontName="Vera", fontSize=7.5, leading=10, textColor=_QUIET),
}


def _text(words: str, style: str) -> Paragraph:
    return Paragraph(escape(words), _STYLES[style])


def _foot(canvas: Any, _: object) -> None:
    canvas.setFont("Vera", 7)
    canvas.setFillColor(_QUIET)
    canvas.drawString(18 * mm, 10 * mm, "Cordée · certificat « qui avait le droit de lire »")
    canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"page {canvas.getPageNumber()}")
