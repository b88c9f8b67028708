"""Dagster's webserver as an application behind the guard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.types import ASGIApp

from assets.web.guard import guarded

# Defaults of `dagster-webserver` (dagster_webserver.cli): timeout of a statement on the runs' database, lifetime of a
# connection and connections beyond the pool; polling interval of the UI.
STATEMENT_MS, RECYCLE_SECONDS, OVERFLOW, POLL_MS = 15_000, 3_600, 20, 2_000


@contextmanager
def ui(instance: dg.DagsterInstance, workspace: Path, hosts: list[str], proxies: str) -> Iterator[ASGIApp]:
    """Yield the UI of an instance for the code servers of a workspace file, answering these hosts."""
    instance.optimize_for_webserver(STATEMENT_MS, RECYCLE_SECONDS, OVERFLOW)
    target = WorkspaceFileTarget(paths=[str(workspace)])
    with WorkspaceProcessContext(instance, target, version=__version__) as context:
        app = create_app_from_workspace_process_context(context, live_data_poll_rate=POLL_MS)
        yield guarded(app, hosts, proxies, graphql=True)
