"""Photos in a bucket of Amazon S3, or of a server with the same protocol.

boto3 takes credentials, region and endpoint from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION and
AWS_ENDPOINT_URL_S3. boto3 waits on sockets, so other greenlets can run meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chassis.database.engine import expect_no_open_session
from chassis.observability import telemetry
from gateway.refusals.requests import PhotosUnavailable

log = telemetry.get_logger(__name__)
# Some servers do not know the checksums that boto3 sends by default since 1.36. TCP and TLS have their own.
_CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 2},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


class S3Store:
    """A PhotoStore. Each photo is the object `prefix/id`."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""
        self._client = boto3.client("s3", config=_CONFIG)

    def put(self, photo_id: UUID, content: bytes) -> None:
        with _reaching("put"):
            self._client.put_object(**self._object(photo_id), Body=content)

    def get(self, photo_id: UUID) -> bytes | None:
        with _reaching("get"):
            try:
                content: bytes = self._client.get_object(**self._object(photo_id))["Body"].read()
            except ClientError as error:
                _raise_unless_missing(error)
                return None
        return content

    def delete(self, photo_id: UUID) -> None:
        with _reaching("delete"):
            self._client.delete_object(**self._object(photo_id))

    def exists(self, photo_id: UUID) -> bool:
        with _reaching("head"):
            try:
                self._client.head_object(**self._object(photo_id))
            except ClientError as error:
                _raise_unless_missing(error)
                return False
        return True

    def _object(self, photo_id: UUID) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}{photo_id}"}


def _raise_unless_missing(error: ClientError) -> None:
    """Raises `error` unless it means that the object does not exist."""
    if error.response.get("Error", {}).get("Code") not in _MISSING:
        raise error


@contextmanager
def _reaching(doing: str) -> Iterator[None]:
    """Raises PhotosUnavailable for errors of the connection or of the server."""
    expect_no_open_session(f"asking the bucket of photos ({doing})")
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
        log.warning("photo store unavailable", doing=doing, error=type(error).__name__, code=code)
        raise PhotosUnavailable() from error
