"""The settings that only the gateway has, and what `linli doctor` says of them."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from environs import EnvError

from chassis.config import settings
from gateway.doctor_checks import check
from gateway.settings import VARIABLES, GatewaySettings, gateway_settings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_every_setting_has_a_variable_and_every_variable_a_setting() -> None:
    assert [v.name.removeprefix("LINLI_").lower() for v in VARIABLES] == [field.name for field in fields(GatewaySettings)]


@pytest.mark.parametrize(
    "address", ["photos", "/srv/photos", "file://photos", "s3://", "s3://Bad_Bucket", "s3:/photos", "ftp://x"]
)
def test_a_store_that_means_nothing_is_named(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("LINLI_PHOTO_STORE", address)
    with pytest.raises(EnvError, match="LINLI_PHOTO_STORE"):
        gateway_settings()


@pytest.mark.parametrize("address", ["", "file:///srv/photos", "s3://photos", "s3://photos.district-1/liuyi/photos"])
def test_stores(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("LINLI_PHOTO_STORE", address)
    assert gateway_settings().photo_store == address


def test_the_doctor_says_whether_the_folder_can_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert list(check()) == []
    (tmp_path / "file").touch()
    for folder, state in (("photos", "ok"), ("file/photos", "wrong")):
        monkeypatch.setenv("LINLI_PHOTO_STORE", f"file://{tmp_path}/{folder}")
        settings.cache_clear()
        [finding] = check()
        assert (finding.state, finding.what) == (state, "photos") and folder in finding.text
