"""`python -m chat.mls.vectors DIR`: one line per file on stdout; on stderr what was left out and what failed, and why.

Ends with 0 when every check of at least one passed, 1 when one failed or none was made, 2 when there is no DIR.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chat.mls.vectors.files import PUBLIC_OF_PASSIVE, run_file, runner_of

SHOWN = 10  # sentences of one kind about one file


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m chat.mls.vectors DIR\n")
        return 2
    checks = failures = 0
    for path in sorted(filter(Path.is_file, Path(arguments[0]).glob("*.json"))):
        runner = runner_of(path.stem)
        if runner is None:
            if path.name != PUBLIC_OF_PASSIVE:
                sys.stderr.write(f"{path.stem}: not a form with a public part, not run\n")
            continue
        outcome = run_file(path, runner)
        sys.stdout.write(f"{path.stem}: {outcome.passed}/{outcome.total}\n")
        sys.stdout.flush()
        tell(path.stem, "skipped", outcome.skipped)
        tell(path.stem, "FAILED", outcome.failures)
        checks += outcome.total
        failures += len(outcome.failures)
    if not checks:
        sys.stderr.write(f"no vectors to check in {arguments[0]}\n")
    return int(failures > 0 or not checks)


def tell(name: str, what: str, sentences: list[str]) -> None:
    for sentence in sentences[:SHOWN]:
        sys.stderr.write(f"{name}: {what}: {sentence}\n")
    if len(sentences) > SHOWN:
        sys.stderr.write(f"{name}: {what}: {len(sentences) - SHOWN} more\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
