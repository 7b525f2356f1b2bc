"""S1: small files that are large as pictures, many at once."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from gateway.photos.decoder import MEMORY
from tests.faults.gateway_side import GatewaySide
from tests.faults.gateway_table import Held
from tests.faults.load import FULL
from tests.faults.report import Report

STAYS = 64  # MiB that the process may keep: code that is loaded at the first upload, and connections
ANSWERS = {201, 422}


def picture(size: tuple[int, int], mode: str, format: str, **save: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size).save(out, format, **save)
    return out.getvalue()


def worst() -> list[bytes]:
    kinds = [
        picture((65_000, 769), "RGB", "JPEG"),
        picture((4_000, 4_000), "RGBA", "PNG"),
        picture((1, 16_000_000), "L", "PNG"),
        picture((4_000, 4_000), "RGB", "JPEG", progressive=True),
        picture((4_000, 4_000), "RGBA", "WEBP"),
    ]
    assert max(map(len, kinds)) < 800_000
    return (kinds * 3)[:14]


@dataclass
class Peak:
    most: float = 0.0


@contextmanager
def peak_of(side: GatewaySide) -> Iterator[Peak]:
    peak, stopping = Peak(), threading.Event()

    def watch() -> None:
        while not stopping.wait(0.03):
            peak.most = max(peak.most, side.memory())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        stopping.set()
        thread.join()


def test_fourteen_uploads(gateway_side: GatewaySide, report: Report) -> None:
    pictures = worst()

    def upload(content: bytes) -> int:
        return gateway_side.post("/photos", files={"photo": ("a.jpg", content)}).status_code

    upload(picture((60, 40), "RGB", "JPEG"))
    before = gateway_side.memory()
    answers: Counter[int] = Counter()
    with peak_of(gateway_side) as peak, ThreadPoolExecutor(len(pictures)) as at_once:
        for _ in range(3 if FULL else 1):
            answers.update(at_once.map(upload, pictures))
    after = gateway_side.memory()
    assert answers.keys() <= ANSWERS
    assert answers[201] > answers[422]
    limit = MEMORY // 2**20 + STAYS
    assert peak.most - before < limit
    assert after - before < STAYS
    report.gateway.append(
        Held(
            "S1",
            "14 uploads at once, each under 0.8 MB and up to 50 megapixels",
            f"memory grows by less than {limit} MiB, and less than {STAYS} MiB stay",
            f"{before:.0f} MiB before, {peak.most:.0f} at the most, {after:.0f} afterwards; {answers[201]} stored, "
            f"{answers[422]} refused",
        )
    )
