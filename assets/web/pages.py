"""The pages of a warehouse folder over HTTP: the data docs and the releases, for links in the UI."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from assets.web.guard import guarded

# Nothing else in a warehouse folder (the database, Dagster's instance, failures) is served.
SERVED = ("data_docs", "releases")
# Pages show words of articles, escaped; if one ever were not, this policy stops its scripts and requests.
POLICY = (
    "default-src 'self' 'unsafe-inline' data:; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


class Folder(StaticFiles):
    """The files of a folder, which may not exist yet; no listings."""

    async def check_config(self) -> None:
        """Check nothing: the folder may be created later."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file, as a download if its type is unknown or it is compressed."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        kind, packed = mimetypes.guess_type(full_path)
        if response.status_code == status_code and (kind is None or packed):
            response.headers["content-type"] = "application/octet-stream"
        return response


def pages(warehouse: Path, hosts: list[str], proxies: str) -> ASGIApp:
    """Return the application that serves the warehouse's pages to these hosts (assets.web.guard.guarded)."""
    folder = warehouse.resolve()
    routes = [Mount(f"/{name}", Folder(directory=folder / name, check_dir=False)) for name in SERVED]
    return guarded(Starlette(routes=routes), hosts, proxies, graphql=False, policy=POLICY)
