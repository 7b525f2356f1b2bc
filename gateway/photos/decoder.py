"""The process that prepares one upload: `python -m gateway.photos.decoder`, started by gateway.photos.preparation.

It reads the upload from stdin. It writes one line of JSON to stdout, then the content of the prepared photo. If the upload is
refused, the line has the rule and its details.
"""

import json
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from gateway.photos import images

MEMORY = 448 * 2**20  # bytes of address space; a transparent WebP of 16 megapixels needs 350 MiB
CPU = 8  # seconds; the slowest photo that is allowed takes 2


def main() -> None:
    """Raises nothing for a refused upload. Ends with another code than 0 if a limit was reached or there is a bug."""
    limit_resources()
    content = b""
    try:
        photo = images.prepare(sys.stdin.buffer.read())
    except images.Unsuitable as unsuitable:
        head: dict[str, Any] = {"rule": unsuitable.rule.code, "details": unsuitable.details}
    else:
        content = photo.content
        head = {name: getattr(photo, name) for name in ("media_type", "width", "height", "position")}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)


def limit_resources(memory: int = MEMORY, cpu: int = CPU) -> None:
    """Limit this process to `memory` bytes and `cpu` seconds. If the container runs out of memory, it ends first."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # only Linux has this file
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main()
