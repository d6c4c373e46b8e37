"""A witness: cosigns a log's checkpoints for as long as each extends the one before, and no other. C2SP tlog-witness.

    python -m audit.witness --name w1.example --key w1.key --state /var/lib/witness --log VKEY --listen 127.0.0.1:8600

Run by another organisation, on its own machine: it needs PyNaCl, its key (`python -m audit.key_file FILE`), a folder,
and the log's verifier keys (`manage.py audit_vkey`). It knows neither our database nor our settings. What it relies on:
its folder, in which it keeps the last checkpoint that it cosigned. What its loss costs: one cosignature. A verifier key
of one year's log stands for the next years' too: same host, same key. TLS is the business of a proxy in front.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import logging
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Final

from audit import durable, key_file
from audit.merkle import EMPTY_ROOT, ProofRefused, verify_consistency
from audit.note import (
    COSIGNATURE,
    NOTE_LIMIT,
    SIZE,
    Checkpoint,
    NoteRefused,
    SigningKey,
    VerifyingKey,
    open_note,
    split,
    unb64,
)

PROOF_LINES: Final = 63
BODY_LIMIT: Final = NOTE_LIMIT + 64 * (PROOF_LINES + 2)
PATIENCE: Final = 30  # seconds for a request to arrive; a log asks within one

log = logging.getLogger("audit.witness")


@dataclass(frozen=True, slots=True)
class Answer:
    status: HTTPStatus
    content: str = ""
    kind: str = "text/plain; charset=utf-8"


class Witness:
    """One cosigner and what it has seen. `state` is its own folder; two processes cannot share it."""

    def __init__(
        self, key: SigningKey, logs: Sequence[VerifyingKey], state: Path, now: Callable[[], float] = time.time
    ) -> None:
        self.key, self.logs, self.state, self._now = key, logs, state, now
        self._one_at_a_time = Lock()  # looking at what was seen and keeping what is cosigned must be one step

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to `POST /add-checkpoint`, in the specification's own order of refusals."""
        try:
            old, path, note = _read(body.decode())
            checkpoint = Checkpoint.read(split(note)[0])
        except (UnicodeDecodeError, NoteRefused):
            return Answer(HTTPStatus.BAD_REQUEST, "not an add-checkpoint request\n")
        trusted = self._trusted(checkpoint.origin)
        if not trusted:
            return Answer(HTTPStatus.NOT_FOUND, "unknown log\n")
        try:
            open_note(note, trusted)
        except NoteRefused:
            return Answer(HTTPStatus.FORBIDDEN, "not signed by the log\n")
        if old > checkpoint.size:
            return Answer(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint's\n")
        with self._one_at_a_time:
            return self._cosign(old, path, checkpoint, note)

    def seen(self, origin: str) -> Checkpoint | None:
        """The last checkpoint of a log that was cosigned."""
        try:
            return Checkpoint.read(split(self._file(origin).read_text())[0])
        except FileNotFoundError:
            return None

    def _cosign(self, old: int, path: Sequence[bytes], checkpoint: Checkpoint, note: str) -> Answer:
        seen = self.seen(checkpoint.origin)
        known = seen.size if seen else 0
        if old != known or (seen and old == checkpoint.size and seen.root != checkpoint.root):
            if old == known:
                log.error("%s shows another tree of %d leaves than before:\n%s", checkpoint.origin, known, note)
            return Answer(HTTPStatus.CONFLICT, f"{known}\n", "text/x.tlog.size")
        try:
            if seen and seen.size:
                verify_consistency(
                    old_size=seen.size, old_root=seen.root, size=checkpoint.size, root=checkpoint.root, path=path
                )
            elif path or (checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT):
                raise ProofRefused("nothing has to be shown of an empty tree, and it has one root")
        except ProofRefused as refusal:
            log.error("%s shows a tree that does not extend what it showed before:\n%s", checkpoint.origin, note)
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{refusal}\n")
        durable.replace(self._file(checkpoint.origin), note)
        return Answer(HTTPStatus.OK, self.key.sign(checkpoint.text, time=int(self._now())))

    def _trusted(self, origin: str) -> list[VerifyingKey]:
        return [VerifyingKey(origin, one.public) for one in self.logs if _family(one.name) == _family(origin)]

    def _file(self, origin: str) -> Path:
        return self.state / hashlib.sha256(origin.encode()).hexdigest()


def _family(origin: str) -> str:
    """The yearly logs of one host are one family."""
    return re.sub(r"/audit/[0-9]{4}$", "/audit/", origin)


def _read(body: str) -> tuple[int, list[bytes], str]:
    """Old size, proof and note. Raises NoteRefused."""
    head, blank, note = body.partition("\n\n")
    first, *lines = head.split("\n")
    old = first.removeprefix("old ")
    if not blank or old == first or not SIZE.fullmatch(old) or len(lines) > PROOF_LINES:
        raise NoteRefused("not an add-checkpoint request")
    return int(old), [unb64(line) for line in lines], note


# --- HTTP -------------------------------------------------------------------------------------------------------------


def serving(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server that listens; `serve_forever()` is the caller's. Port 0: any that is free."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps the connection, as the specification asks
        timeout = PATIENCE

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint":
                self._answer(Answer(HTTPStatus.NOT_FOUND, "add-checkpoint is all there is\n"), close=True)
            elif not length.isdecimal() or int(length) > BODY_LIMIT:
                self._answer(Answer(HTTPStatus.BAD_REQUEST, "too large, or of no known length\n"), close=True)
            else:
                self._answer(witness.add_checkpoint(self.rfile.read(int(length))))

        def _answer(self, answer: Answer, *, close: bool = False) -> None:
            content = answer.content.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(content)))
            if close:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 — the base class's name
            """Requests are not news; refusals of proofs are logged where they are made."""

    return ThreadingHTTPServer((host, port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m audit.witness", description="Cosign the checkpoints of logs.")
    parser.add_argument("--name", required=True, help="this witness's name, as in its verifier key: w1.example")
    parser.add_argument("--key", required=True, type=Path, help="file of its key (python -m audit.key_file FILE)")
    parser.add_argument("--vkey", action="store_true", help="print its verifier key, and end")
    parser.add_argument("--state", type=Path, default=Path(), help="folder in which it keeps what it has cosigned")
    parser.add_argument("--log", action="append", default=[], help="verifier key of a log that it witnesses")
    parser.add_argument("--listen", default="127.0.0.1:8600", help="host:port")
    options = parser.parse_args()
    try:
        key = SigningKey(options.name, key_file.read(options.key), COSIGNATURE)
        logs = [VerifyingKey.from_vkey(text) for text in options.log]
    except (key_file.KeyFileRefused, NoteRefused) as refusal:
        sys.exit(str(refusal))
    if options.vkey:
        sys.stdout.write(f"{key.verifying.vkey}\n")
        return
    options.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (options.state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"Another witness works in {options.state}: two that do not see each other could cosign a fork.")
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
        host, _, port = options.listen.rpartition(":")
        log.info("%s listens on %s for %s", options.name, options.listen, ", ".join(one.name for one in logs))
        serving(Witness(key, logs, options.state), host, int(port)).serve_forever()


if __name__ == "__main__":
    main()
