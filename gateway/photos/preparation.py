"""Prepares an upload in a separate process with limits on memory and CPU time. The process ends after one picture.

A picture of some kilobytes can need a hundred megabytes while it is decoded. Threads of this process would keep them, because
malloc has an arena per thread. A separate process gives all of it back, and a decoder that crashes or hangs ends only itself.
"""

import json
import os
import subprocess
import sys
import threading
from typing import Any

from chassis.observability import telemetry
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.photos.prepared import DAMAGED, Prepared

# Pictures are decoded one after the other, so the memory of one decoder is the most that all uploads together need.
_turn = threading.Lock()
COMMAND = (sys.executable, "-P", "-m", "gateway.photos.decoder")
_SECONDS = 30.0  # of waiting for the process; its CPU time has a limit too
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LD_LIBRARY_PATH")  # no passwords for a process that reads files of strangers

log = telemetry.get_logger(__name__)


def prepare(upload: bytes) -> Prepared:
    """The photo in the form in which it is stored. Takes up to a second of CPU in another process. Raises InvalidField if it is
    not a photo, is damaged, is too large, or needs more memory or CPU time than a photo."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with _turn:
        try:
            done = subprocess.run(  # noqa: S603  our own command
                COMMAND, input=upload, capture_output=True, env=environment, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            log.warning("a picture took too long", size=len(upload))
            raise InvalidField(DAMAGED, "photo") from error
    if done.returncode:
        reason = done.stderr[-500:].decode(errors="replace")
        log.warning("the decoder of a picture ended", code=done.returncode, size=len(upload), reason=reason)
        raise InvalidField(DAMAGED, "photo")
    head, _, content = done.stdout.partition(b"\n")
    return _prepared(json.loads(head), content)


def _prepared(head: dict[str, Any], content: bytes) -> Prepared:
    if rule := head.get("rule"):
        raise InvalidField(Rule.ALL[rule], "photo", **head["details"])
    position: tuple[float, float] | None = tuple(head["position"]) if head["position"] else None
    return Prepared(content, head["media_type"], head["width"], head["height"], position)
