"""`make bench-audit`: what the trail costs and how quickly it answers. `PARTS="sequencer message"` asks for some.

Each part is a module `tests/load/audit_<part>.py` with `run(report)`, on a database of its own. Prints `name: value`
lines and writes bench/audit.json; an answer that is not as expected ends it with an error, never with a figure.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.services import Services

if TYPE_CHECKING:
    from tests.database import Cluster

FOLDER: Final = Path(__file__).parent
PARTS: Final = sorted(
    path.stem.removeprefix("audit_") for path in FOLDER.glob("audit_*.py") if "\ndef run(" in path.read_text()
)


@dataclass
class Report:
    """What the parts found out, and where they find their database."""

    cluster: Cluster
    folder: Path
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        return self.cluster.services

    def say(self, **figures: float) -> None:
        for name, value in figures.items():
            print(f"{name}: {value}", flush=True)
        self.figures |= figures

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh, migrated database, to which Django and `os.environ` lead for the length of a block."""
        from django.test import override_settings

        from tests.database import connected_to

        before = dict(os.environ)
        with self.cluster.clone() as name, connected_to(name):
            os.environ.update(Services(self.services.data_dir, given={}).environment(name))
            urls = {key: os.environ[key] for key in ("DATABASE_URL", "SEQUENCER_DATABASE_URL")}
            with override_settings(LOG_GUARD_FILE=Path(os.environ["CORDEE_LOG_GUARD_FILE"]), **urls):
                yield name
        os.environ.update(before)


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="cordee-bench-", dir="/tmp"))
    folder.chmod(0o711)
    services = Services(folder / "data", durable=True, given={})
    os.environ.update(
        services.environment() | {"PUBLIC_URL": "http://localhost:8000", "DJANGO_SETTINGS_MODULE": "config.settings"}
    )
    import django

    django.setup()
    from tests.database import Cluster

    report = Report(Cluster(services), folder)
    try:
        report.cluster.start()
        for part in os.environ.get("PARTS", "").split() or PARTS:
            print(f"# {part}", flush=True)
            import_module(f"tests.load.audit_{part}").run(report)
    finally:
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)
    Path("bench").mkdir(exist_ok=True)
    Path("bench/audit.json").write_text(json.dumps(report.figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
