"""Writes the documents that are made from the code; with --check, only says which of them are not current.

Each is what a command of `linli` prints.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
LINLI = Path(sys.executable).with_name("linli")


def printed_by(*command: str) -> str:
    """What `linli` with these words prints. It needs no database and no broker. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")} | {
            "LINLI_HOME": home
        }
        done = subprocess.run([LINLI, *command], env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  our own command
    return done.stdout


DOCUMENTS = {
    "configuration.md": ("config", "--markdown"),
    "openapi.json": ("openapi",),
    "asyncapi.json": ("asyncapi",),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a document is not current")
    checking = parser.parse_args().check
    stale = []
    for name, command in DOCUMENTS.items():
        file, text = DOCS / name, printed_by(*command)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(f"docs/{name}")
            if not checking:
                file.write_text(text, encoding="utf-8")
    if stale:
        print(f"{'not current (make format writes them)' if checking else 'written'}: {', '.join(stale)}")
    return 1 if stale and checking else 0


if __name__ == "__main__":
    sys.exit(main())
