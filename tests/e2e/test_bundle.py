"""What browsers are given holds nothing of the test oracle: core-crypto is GPL-3.0 and for developers only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tests.e2e.house import House

FRONTEND: Final = Path(__file__).resolve().parents[2] / "frontend"
TRACES: Final = (b"core-crypto", b"corecrypto", b"CoreCrypto", b"wireapp", b"uniffi")


def test_the_built_files_hold_nothing_of_the_oracle(house: House) -> None:
    built = [path for path in (FRONTEND / "dist").rglob("*") if path.is_file()]
    assert any(path.suffix == ".js" for path in built)
    assert [path.name for path in built if path.suffix == ".wasm"] == []
    for path in built:
        content = path.read_bytes()
        assert [trace for trace in TRACES if trace in content] == [], path


def test_the_oracle_is_no_dependency_and_would_be_found() -> None:
    packages = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]
    assert [name for name in packages if "wireapp" in name] == []
    shipped = {name: about.get("license", "") for name, about in packages.items() if not about.get("dev")}
    assert {name for name, licence in shipped.items() if "GPL" in licence} == set()
    oracle = json.loads((FRONTEND / "test" / "oracle" / "package-lock.json").read_text())["packages"]
    assert any(trace.decode() in name for name in oracle for trace in TRACES)
