"""Static files whose addresses change with their content, so that browsers can cache them without expiry.

The source of the style sheet is in parts (`static/css/*.css`, in the order of their names). They are served as one `site.css`.
Files are read and fingerprinted when the application is made, and compressed at their first request. ADR 0034 says why no
library is used.
"""

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

from gateway.http.compression import MIN_BYTES, TYPES, accepts_gzip, gzip
from gateway.http.headers import FOR_EVER
from gateway.offload import in_thread

FOLDER = Path(__file__).parent / "static"

assets = Blueprint("assets", __name__, url_prefix="/assets")


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    content: bytes
    type: str
    fingerprint: str

    @cached_property
    def packed(self) -> bytes | None:
        """The content as gzip, if that makes it smaller. Compressed once, in a thread; the largest file takes 70 ms."""
        if self.type not in TYPES or len(self.content) < MIN_BYTES:
            return None
        return in_thread(gzip, self.content, 9)


def read_assets(folder: Path = FOLDER) -> dict[str, Asset]:
    """Every file to serve under `folder`, by its relative name, and `site.css`."""
    sources = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.parent.name != "css" and file.suffix not in {".txt", ".md"}
    }
    contents = {name: _asset(name, content) for name, content in sources.items()}
    sheet = _without_comments("".join(part.read_text() for part in sorted((folder / "css").glob("*.css"))))
    for name in re.findall(r"url\(\.\./([^)]+)\)", sheet):
        sheet = sheet.replace(f"url(../{name})", f"url(../{contents[name].fingerprint}/{name})")
    contents["site.css"] = _asset("site.css", sheet.encode())
    return contents


def install_assets(app: Flask) -> None:
    """Add the assets to `app`, and the function `asset('name')` to templates."""
    app.extensions["linli-assets"] = known = read_assets()

    def asset(name: str) -> str:
        return url_for("assets.serve", fingerprint=known[name].fingerprint, name=name)

    app.jinja_env.globals["asset"] = asset
    app.register_blueprint(assets)


@assets.get("/<fingerprint>/<path:name>")
def serve(fingerprint: str, name: str) -> Response:
    found: Asset | None = current_app.extensions["linli-assets"].get(name)
    if found is None:
        abort(404)
    packed = found.packed if accepts_gzip(request.headers.get("Accept-Encoding")) else None
    response = Response(packed or found.content, mimetype=found.type)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    # A page from before an upgrade may still use the old address. It gets the current file, but must not cache it.
    response.headers["Cache-Control"] = FOR_EVER if fingerprint == found.fingerprint else "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _asset(name: str, content: bytes) -> Asset:
    kind = "application/manifest+json" if name.endswith(".webmanifest") else mimetypes.guess_type(name)[0]
    kind = kind or "application/octet-stream"
    return Asset(content, kind, hashlib.sha256(content).hexdigest()[:10])


def _without_comments(sheet: str) -> str:
    bare = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    return re.sub(r"\n\s*", "\n", bare)
