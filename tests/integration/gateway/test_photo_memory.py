"""A picture that is small as a file needs little memory, in a process that has limits and ends."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from chassis.rpc.refusal import InvalidField
from gateway.photos import decoder, preparation

ROOT = Path(__file__).parents[3]
# Prepares stdin as the gateway does, and prints the answer's first line and the most memory (MiB) that the process had.
MEASURED = """
import io, re, sys
from gateway.photos import decoder
out = sys.stdout
sys.stdout = io.TextIOWrapper(io.BytesIO())
decoder.main()
status = open("/proc/self/status").read()
head = sys.stdout.buffer.getvalue().partition(b"\\n")[0].decode()
print(head, int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024, sep="\\n", file=out)
"""
PRETEND = """
import os, json, sys
sys.stdin.buffer.read()
{work}
print(json.dumps(dict(media_type="image/jpeg", width=1, height=1, position=None)))
"""


def picture(size: tuple[int, int], mode: str = "RGB", format: str = "JPEG", **save: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size).save(out, format, **save)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "answer", "most"),
    [
        (lambda: picture((65_000, 769)), {"width": 2048, "height": 24}, 100),
        (lambda: picture((8_000, 6_000)), {"width": 2048, "height": 1536}, 160),
        (lambda: picture((4_000, 4_000), progressive=True), {"width": 2048, "height": 2048}, 200),
        (lambda: picture((4_000, 4_000), "RGBA", "PNG"), {"width": 2048, "height": 2048}, 260),
        (lambda: picture((1, 16_000_000), "L", "PNG"), {"rule": "too_long_side"}, 60),
    ],
    ids=["a strip", "48 megapixels", "progressive", "transparent", "one pixel wide"],
)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured with /proc")
def test_the_memory_of_a_picture_is_bounded(content: Callable[[], bytes], answer: dict[str, Any], most: int) -> None:
    command = [sys.executable, "-c", MEASURED]
    done = subprocess.run(command, input=content(), cwd=ROOT, capture_output=True, check=True)
    head, peak = done.stdout.decode().splitlines()
    assert answer.items() <= json.loads(head).items()
    assert int(peak) < most


@pytest.mark.parametrize(
    ("work", "outcome"),
    [
        ("bytearray(600 * 2**20)", "MemoryError"),
        ("while True: pass", "-24"),  # SIGXCPU
    ],
)
def test_the_decoder_has_limits(work: str, outcome: str) -> None:
    limited = f"from gateway.photos import decoder\ndecoder.limit_resources(cpu=1)\n{work}"
    done = subprocess.run([sys.executable, "-c", limited], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert outcome in f"{done.returncode} {done.stderr}"


def pretend(monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    """The process that prepares does `work` instead."""
    monkeypatch.setattr(preparation, "COMMAND", (sys.executable, "-c", PRETEND.format(work=work)))


@pytest.mark.parametrize("work", ["os.abort()", "os.kill(os.getpid(), 9)", "raise ValueError"])
def test_a_decoder_that_dies_refuses_the_picture_only(monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    pretend(monkeypatch, work)
    with pytest.raises(InvalidField) as refused:
        preparation.prepare(b"x")
    assert refused.value.details_for("en")["errors"][0]["code"] == "damaged"
    monkeypatch.undo()
    assert preparation.prepare(picture((60, 40))).width == 60


def test_a_decoder_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "_SECONDS", 0.2)
    pretend(monkeypatch, "import signal; signal.pause()")
    with pytest.raises(InvalidField):
        preparation.prepare(b"x")


def test_the_decoder_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_SECRET", "between-services")
    pretend(monkeypatch, "assert not any(name.startswith('LINLI_') for name in os.environ)")
    assert preparation.prepare(b"x").width == 1


def test_pictures_are_decoded_one_after_the_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A decoder that starts while another one runs finds the file locked, and fails."""
    lock = f"import fcntl; file = open({str(tmp_path / 'lock')!r}, 'w'); fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)"
    pretend(monkeypatch, lock)
    with ThreadPoolExecutor(6) as at_once:
        prepared = list(at_once.map(preparation.prepare, [b"x"] * 12))
    assert len(prepared) == 12


def test_the_limit_leaves_room_for_every_photo_that_is_allowed() -> None:
    """16 megapixels, transparent, in the format whose decoder needs the most."""
    assert decoder.MEMORY <= 512 * 2**20
    assert preparation.prepare(picture((4_000, 4_000), "RGBA", "WEBP")).media_type == "image/webp"
