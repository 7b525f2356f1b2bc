"""Write the files that are generated from the code. With --check, only list those that are out of date.

The content of each file is the output of a command.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINLI = str(Path(sys.executable).with_name("linli"))


def printed_by(*command: str) -> str:
    """The output of the command. The command needs no database and no broker. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")} | {
            "LINLI_HOME": home
        }
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)  # noqa: S603  our own commands
    return done.stdout


MADE = {
    "docs/configuration.md": (LINLI, "config", "--markdown"),
    "docs/openapi.json": (LINLI, "openapi"),
    "docs/asyncapi.json": (LINLI, "asyncapi"),
    "docs/problems.md": (sys.executable, "-m", "gateway.api.problem_catalogue"),
    "deploy/rabbitmq/definitions.json": (
        LINLI,
        "topology",
        "--definitions",
        "--template",
        "--outside",
        "deploy/rabbitmq/outside.json",
    ),
    "docs/case-steps.md": (sys.executable, "docs/case_steps.py"),
    "gateway/calls/client.pyi": (sys.executable, "-m", "gateway.calls.stub"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a document is out of date")
    checking = parser.parse_args().check
    stale = []
    for name, command in MADE.items():
        file, text = ROOT / name, printed_by(*command)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not checking:
                file.write_text(text, encoding="utf-8")
    if stale:
        print(f"{'out of date (make format writes them)' if checking else 'written'}: {', '.join(stale)}")
    return 1 if stale and checking else 0


if __name__ == "__main__":
    sys.exit(main())
