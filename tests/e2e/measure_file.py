"""One file of 100 MB between two browsers, for `make bench-e2e`: how fast, and how much memory its pages take."""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import expect

from tests.e2e.attachments import attach, attached
from tests.e2e.canaries import a_word
from tests.e2e.patients import a_patient
from tests.e2e.screens import Screen, gather

MEGABYTE: Final = 1024 * 1024
MEGABYTES: Final = 100
PATIENCE_MS: Final = 300_000


def measure_file(writer: Screen, reader: Screen) -> dict[str, float]:
    """Encrypting into the browser's storage, bringing it to the server, fetching and opening it."""
    patient, text = a_patient(), f"Cent mégaoctets. {a_word()}"
    for screen in (writer, reader):
        screen.page.goto(screen.url)
        screen.at_circles()
    gather(patient, writer, reader)
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        for _ in range(MEGABYTES):
            file.write(os.urandom(MEGABYTE))
        file.flush()
        source = Path(file.name)
        attach(writer, patient, source)
        writer.composer(patient).fill(text)
        before = _peak_memory(writer)
        began = time.perf_counter()
        writer.composer(patient).press("Enter")
        expect(writer.message(text)).to_be_visible(timeout=PATIENCE_MS)
        expect(attached(writer)).to_have_count(0)
        kept = time.perf_counter()
        expect(reader.message(text)).to_be_visible(timeout=PATIENCE_MS)
        brought = time.perf_counter()
        sender = _peak_memory(writer) - before
        content = source.read_bytes()
    before = _peak_memory(reader)
    asked = time.perf_counter()
    with reader.page.expect_download(timeout=PATIENCE_MS) as saving:
        reader.message(text).get_by_role("button", name=re.compile("^Télécharger")).click()
    saved = Path(saving.value.path())
    opened = time.perf_counter()
    assert saved.read_bytes() == content
    return {
        "file_mb": MEGABYTES,
        "file_encrypt_and_keep_mb_per_s": round(MEGABYTES / (kept - began), 1),
        "file_upload_mb_per_s": round(MEGABYTES / (brought - kept), 1),
        "file_encrypt_and_upload_mb_per_s": round(MEGABYTES / (brought - began), 1),
        "file_download_and_open_mb_per_s": round(MEGABYTES / (opened - asked), 1),
        "file_sender_memory_grows_mb": round(sender, 1),
        "file_reader_memory_grows_mb": round(_peak_memory(reader) - before, 1),
    }


def _peak_memory(screen: Screen) -> float:
    """MB, the most that any of the browser's pages ever held."""
    browser = screen.page.context.browser
    assert browser is not None
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return max(_peak(each["id"]) for each in processes if each["type"] == "renderer")


def _peak(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024
