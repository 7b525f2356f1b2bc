"""The blocks of docs/install.md: each runs in a shell of its own, and again, as the text says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "install.md").read_text(), re.DOTALL)
NEEDS_SETTINGS = re.compile(r"/linli (migrate|topology|admin|doctor|relay|renew|restored)\b|LINLI_DB_PASSWORD")
# Commands that fail or add something the second time, unless what stands before them in the line asks first.
ONCE = re.compile(r"^(git clone|rabbitmqctl delete_user|echo .*>>|useradd|mkdir [^-]|rm [^-])", re.MULTILINE)


def test_the_blocks_are_found() -> None:
    assert len(BLOCKS) >= 9
    assert sum(bool(NEEDS_SETTINGS.search(block)) for block in BLOCKS) >= 4


@pytest.mark.parametrize("block", [block for block in BLOCKS if NEEDS_SETTINGS.search(block)])
def test_a_block_reads_the_settings_that_it_needs(block: str) -> None:
    assert block.startswith("set -a; . /etc/linli/") or "\nset -a; . /etc/linli/" in block


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_can_be_repeated(block: str) -> None:
    assert ONCE.findall(block) == []
