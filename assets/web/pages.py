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

# All else in a warehouse folder (the database, Dagster's instance, failures) is not served.
SERVED = ("data_docs", "releases")
# Pages show words of articles, escaped; should one ever not be, it runs no script of theirs and calls nobody.
POLICY = (
    "default-src 'self' 'unsafe-inline' data:; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


class Folder(StaticFiles):
    """The files of a folder; no listings. A folder that no build has made yet has none."""

    async def check_config(self) -> None:
        """Nothing is checked: the folder may come later."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, as a download where its type is not known or it is packed."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        kind, packed = mimetypes.guess_type(full_path)
        if response.status_code == status_code and (kind is None or packed):
            response.headers["content-type"] = "application/octet-stream"
        return response


def pages(warehouse: Path, hosts: list[str], proxies: str) -> ASGIApp:
    """The application that serves the warehouse's pages to these hosts (assets.web.guard.guarded)."""
    folder = warehouse.resolve()
    routes = [Mount(f"/{name}", Folder(directory=folder / name, check_dir=False)) for name in SERVED]
    return guarded(Starlette(routes=routes), hosts, proxies, graphql=False, policy=POLICY)
