"""Child processes that end with us, whatever ends us.

`config/services.py` starts PostgreSQL and Valkey with it, `config/demo.py` the server. Relies on Linux: the kernel
itself delivers the stop signal when the parent dies (PR_SET_PDEATHSIG), so that `kill -9` of the demo leaves nothing
behind.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 20.0  # a fast shutdown of PostgreSQL writes a checkpoint first; after this we no longer wait for it

_libc = ctypes.CDLL(None, use_errno=True)  # loaded here: after the fork a child may not import


@dataclass(frozen=True)
class Account:
    """The Unix account a service runs as when root starts it (initdb refuses root)."""

    name: str
    uid: int
    gid: int


def service_account() -> Account | None:
    """`nobody` when we are root, otherwise None: the service runs as we do."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    errors: Path | None = None,
    stop_signal: signal.Signals,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    stdin: bytes | None = None,
    inherit: Sequence[int] = (),
    umask: int = 0o077,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own; `stop_signal` reaches it when the calling thread dies.

    `log` collects what it writes; with `errors`, standard error goes there.

    Call it from the main thread: the kernel watches the thread that forked, not the process.
    """
    parent = os.getpid()

    def end_with_parent() -> None:
        # Runs after the change of user, which would clear the request.
        _libc.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before we asked
            os._exit(1)

    with log.open("ab") as output, (errors or log).open("ab") as complaints:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=output,
            stderr=complaints,
            env=environment,
            cwd=folder,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop the parts in their order
            preexec_fn=end_with_parent,
            pass_fds=tuple(inherit),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            umask=umask,
        )
    if stdin is not None and process.stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
    return process


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    """Ask once, wait, and insist; returns when the process is gone."""
    if process.poll() is not None:
        return
    process.send_signal(stop_signal)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
