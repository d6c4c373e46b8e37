"""Files as a person joins them to a message, and pictures that no two tests share."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from random import Random

from playwright.sync_api import FilePayload, Locator, expect

from tests.e2e.canaries import a_word
from tests.e2e.patients import Patient
from tests.e2e.screens import Screen


def a_picture(width: int, height: int) -> bytes:
    """A PNG of noise, which does not compress: three bytes a pixel."""
    noise = Random(width * height)
    rows = b"".join(b"\0" + noise.randbytes(3 * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def a_name(ending: str) -> str:
    return f"radio {a_word()}.{ending}"


def payload(name: str, content: bytes, media: str = "") -> FilePayload:
    return FilePayload(name=name, mimeType=media, buffer=content)


def attach(screen: Screen, patient: Patient, *files: FilePayload | Path) -> None:
    """Through the button and the browser's own chooser."""
    for each in files:
        screen.canaries.add("file name", (each.name if isinstance(each, Path) else each["name"]).split(".")[0])
    with screen.page.expect_file_chooser() as chooser:
        screen.button(f"Joindre des fichiers au message pour le cercle de {patient.named}").click()
    chosen: Sequence[FilePayload] | Sequence[Path] = files  # type: ignore[assignment]
    chooser.value.set_files(chosen)


def attached(screen: Screen) -> Locator:
    return screen.page.get_by_role("list", name="Fichiers joints à ce message").get_by_role("listitem")


def send(screen: Screen, patient: Patient, text: str) -> Locator:
    """With what is attached; the answer is the message on the sender's own screen, on its way."""
    message = screen.write(patient, text)
    expect(attached(screen)).to_have_count(0)
    return message


def download(row: Locator, name: str) -> bytes:
    """Fetched, verified and saved, as the browser saves it."""
    with row.page.expect_download() as saving:
        row.get_by_role("button", name=re.compile(rf"^(Télécharger|Enregistrer) {re.escape(name)}$")).click()
    assert saving.value.suggested_filename == name
    return Path(saving.value.path()).read_bytes()
