"""What a person does at a screen of Cordée, in the words that they see: roles and labels, as a screen reader has them.

Every verb ends when the screen shows that it is done. What is typed and must stay secret goes into `canaries`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from playwright.sync_api import CDPSession, Locator, Page, ViewportSize, expect

from tests.e2e.canaries import Canaries
from tests.e2e.house import Hired
from tests.e2e.patients import Patient
from tests.e2e.watch import Watch

DESK: Final = ViewportSize(width=1440, height=900)
PHONE: Final = ViewportSize(width=390, height=844)
TIME_ZONE: Final = "Europe/Paris"
ASKED_BACK: Final = re.compile(r"Recopiez le groupe (\d) ")


def gather(patient: Patient, coordinator: Screen, *others: Screen) -> None:
    """A circle around the patient, with the conversation open on everybody's screen. All are at their circles."""
    coordinator.open_circle(patient)
    for other in others:
        coordinator.invite(other.person)
        other.accept(patient)


@dataclass(frozen=True)
class Screen:
    """One person at one page."""

    page: Page
    person: Hired
    url: str
    watch: Watch
    canaries: Canaries

    # --- to the circles -----------------------------------------------------------------------------------------------
    def begin(self) -> str:
        """To one's circles for the first time; the answer is the recovery code."""
        self.sign_in()
        return self.make_first_device()

    def sign_in(self) -> None:
        """With address, password and code, on a new page."""
        self.page.goto(self.url)
        self.sign_in_here()

    def sign_in_here(self) -> None:
        self.give_password(self.person.password)
        self.give_code(self.person.code())

    def give_password(self, password: str) -> None:
        self.canaries.add("password", password, password.split()[-1])
        self.canaries.add("code secret", self.person.totp_secret)
        self.page.get_by_label("Adresse professionnelle").fill(self.person.email)
        self.page.get_by_label("Mot de passe", exact=True).fill(password)
        self.button("Continuer, puis code à 6 chiffres").click()

    def give_code(self, code: str) -> None:
        self.page.get_by_label("Code", exact=True).fill(code)
        self.button("Confirmer").click()

    def make_first_device(self) -> str:
        """Identity and recovery code, up to the circles; the answer is the code as it was shown."""
        self.button("Créer mon identité").click()
        code = self.recovery_code()
        self.confirm_recovery_code(code)
        return code

    def confirm_recovery_code(self, code: str) -> None:
        self.keep_recovery_code(code)
        self.at_circles()

    def keep_recovery_code(self, code: str) -> None:
        """The group that is asked back."""
        asked = ASKED_BACK.search(self.page.get_by_text(ASKED_BACK).inner_text())
        assert asked
        self.page.get_by_label(ASKED_BACK).fill(code.split("-")[int(asked[1]) - 1])
        self.button("J’ai gardé mon code").click()

    def recovery_code(self) -> str:
        groups = self.page.get_by_role("list", name="Code de récupération").get_by_role("listitem")
        expect(groups).to_have_count(8)
        words = groups.all_inner_texts()
        self.canaries.add("recovery code", *(between.join(words) for between in ("", "-", " ")))
        return "-".join(words)

    def unlock(self, code: str) -> None:
        self.page.get_by_label("Code de récupération").fill(code)
        self.button("Ouvrir le coffre").click()
        self.at_circles()

    def at_circles(self) -> None:
        expect(self.page.get_by_role("heading", name="Mes cercles", level=1)).to_be_visible()

    def sign_out(self) -> None:
        self.button(re.compile("^Mon compte")).click()
        self.button("Se déconnecter").click()
        expect(self.page.get_by_role("heading", name="Se connecter")).to_be_visible()

    # --- circles ------------------------------------------------------------------------------------------------------
    def open_circle(self, patient: Patient) -> None:
        """For a patient with a qualified demonstration identity, as part of a formal team."""
        page = self.page
        self.canaries.add("patient name", patient.family, patient.given)
        matricule = patient.matricule
        groups = (matricule[0], matricule[1:3], matricule[3:5], matricule[5:7], matricule[7:10], matricule[10:13])
        self.canaries.add("INS", matricule, " ".join(groups), "\u00a0".join(groups))
        page.get_by_role("main").get_by_role("link", name="Ouvrir un cercle").click()
        page.get_by_label("Nom de naissance").fill(patient.family)
        page.get_by_label("Prénoms de naissance").fill(patient.given)
        self.type_date("Date de naissance", patient.born)
        page.get_by_label("Lieu de naissance, code INSEE").fill(patient.birthplace)
        self.choose("Sexe", "Féminin")
        self.select("Statut de l’identité", "Identité qualifiée")
        self.select("Pièce d’identité contrôlée", "Passeport")
        page.get_by_label("Matricule INS").fill(patient.matricule)
        self.select("Type de numéro", "Numéro de démonstration")
        self.type_date("Patient informé le", datetime.now(ZoneInfo(TIME_ZONE)).date())
        self.choose("Votre motif légal", "Équipe formalisée")
        self.button("Ouvrir et signer").click()
        self.sees_patient(patient)

    def invite(self, invitee: Hired, *, ground: str = "Équipe formalisée") -> None:
        """From the circle that is open, through the directory, and back to the circle."""
        page = self.page
        page.get_by_role("link", name="Inviter").click()
        page.get_by_label("Nom, profession, structure ou lieu").fill(f"{invitee.family} {invitee.given}")
        found = page.get_by_role("grid", name="Professionnels de l’annuaire")
        found.get_by_role("row", name=invitee.listed).click()
        self.choose("Motif légal", ground)
        self.button("Inviter et signer").click()
        invited = page.get_by_role("group", name="Membres").get_by_role("listitem").filter(has_text=invitee.listed)
        expect(invited.get_by_text("Réponse avant le")).to_be_visible()

    def accept(self, patient: Patient) -> None:
        """The invitation that waits among the circles."""
        self.row(patient).click()
        self.button("Accepter et entrer").click()
        self.sees_patient(patient)
        expect(self.composer(patient)).to_be_enabled()

    def enter(self, patient: Patient) -> None:
        """The circle, from my circles."""
        self.row(patient).click()
        self.sees_patient(patient)

    def leave_circle(self) -> None:
        self.page.get_by_role("navigation", name="Principal").get_by_role("link", name="Cercles", exact=True).click()
        self.at_circles()

    def remove(self, member: Hired, *, why: str, reason: str) -> None:
        self.canaries.add("reason", reason.split()[-1])
        self.open_card(member)
        self.button("Retirer du cercle").click()
        dialog = self.page.get_by_role("alertdialog")
        self.choose("Pourquoi", why, within=dialog)
        dialog.get_by_label("Précision").fill(reason)
        dialog.get_by_role("button", name="Retirer du cercle").click()
        expect(dialog).to_be_hidden()

    def open_card(self, member: Hired) -> Locator:
        """A member's card, from the list of members."""
        self.button(re.compile(f"^Voir la fiche : .*{member.listed}$")).click()
        card = self.page.get_by_role("dialog", name=member.listed)
        expect(card).to_be_visible()
        return card

    # --- the conversation ---------------------------------------------------------------------------------------------
    def write(self, patient: Patient, text: str) -> Locator:
        """Texts end with a word that was never said. The answer is the message as it stands in the conversation."""
        self.canaries.add("message", text.split()[-1])
        self.composer(patient).fill(text)
        self.button(f"Envoyer au cercle de {patient.named}").click()
        message = self.message(text)
        expect(message).to_be_visible()
        return message

    def composer(self, patient: Patient) -> Locator:
        return self.page.get_by_role("textbox", name=f"Message au cercle de {patient.named}")

    def message(self, text: str) -> Locator:
        return self.log().get_by_role("article").filter(has_text=text)

    def texts(self) -> list[str]:
        """Of the messages on the screen, in their order; spaces before French punctuation as they were typed."""
        return [text.replace("\u00a0", " ") for text in self.log().locator(".message-text").all_inner_texts()]

    @property
    def circle(self) -> UUID:
        """The one that is open."""
        return UUID(urlsplit(self.page.url).path.split("/")[2])

    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Messages du cercle")

    def sees_patient(self, patient: Patient) -> None:
        """The banner is there, above everything, and names the patient in full."""
        banner = self.page.get_by_role("region", name=f"Patient : {patient.listed}, femme")
        expect(banner).to_be_in_viewport(ratio=1)
        expect(banner.get_by_role("heading", name=patient.listed)).to_be_visible()

    def row(self, patient: Patient) -> Locator:
        return self.page.get_by_role("grid", name="Mes cercles").get_by_role("row", name=patient.listed)

    # --- parts --------------------------------------------------------------------------------------------------------
    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)

    def choose(self, group: str, option: str, *, within: Locator | None = None) -> None:
        radios = (within or self.page).get_by_role("radiogroup", name=group)
        radios.get_by_text(option, exact=True).click()
        expect(radios.get_by_role("radio", name=option)).to_be_checked()

    def select(self, label: str, option: str) -> None:
        self.button(re.compile(f"{label}$")).click()
        self.page.get_by_role("option", name=option).click()
        expect(self.button(re.compile(f"^{option}"))).to_be_visible()

    def type_date(self, label: str, day: date) -> None:
        self.page.get_by_role("group", name=label).get_by_role("spinbutton").first.click()
        self.page.keyboard.type(f"{day:%d%m%Y}")

    def protocol(self) -> CDPSession:
        """The browser's own interface, for what a person cannot do at a screen."""
        return self.page.context.new_cdp_session(self.page)
