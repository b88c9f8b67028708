"""Show runs of this process on the first page of the UI.

Dagster's timeline lists the runs of a code location. A run that a process creates itself has none, and is listed only
under "Runs".
"""

from __future__ import annotations

import inspect
from functools import partial

import dagster as dg

from assets.patches import DAGSTER, PatchMismatch, apply_or_fall_back

# The name that Dagster gives to the repository of a Definitions object.
_REPOSITORY = "__repository__"
_ARGUMENT = "remote_job_origin"


def with_run_origin(instance: dg.DagsterInstance, location: str, job: str) -> dg.DagsterInstance:
    """Return the instance; runs of the job that it creates from now on belong to a code location."""
    return apply_or_fall_back(
        "runs of the terminal on the UI's first page",
        DAGSTER,
        lambda: _belonging(instance, location, job),
        lambda: instance,
    )


def _belonging(instance: dg.DagsterInstance, location: str, job: str) -> dg.DagsterInstance:
    from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

    create = instance.create_run_for_job
    if _ARGUMENT not in inspect.signature(create).parameters:
        raise PatchMismatch(f"create_run_for_job takes no {_ARGUMENT}")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(location), _REPOSITORY), job)
    object.__setattr__(instance, create.__name__, partial(create, remote_job_origin=origin))
    return instance
