"""Failures of an expected cause: the run page shows their message and metadata, without a traceback.

Dagster stores the traceback of every exception. Only of an error that another process has serialized
(DagsterUserCodeProcessError) it stores what that process sent: here, the message alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from assets.patches import DAGSTER, apply_or_fall_back


def expected(error: BaseException, metadata: Mapping[str, Any]) -> dg.Failure:
    """Return the failure of a step for this error, with its class and message as description; without retries."""
    text = f"{type(error).__name__}: {error}"
    return apply_or_fall_back(
        "failures without tracebacks",
        DAGSTER,
        lambda: _without_traceback(type(error).__name__, text, metadata),
        lambda: dg.Failure(text, metadata, allow_retries=False),
    )


def _without_traceback(name: str, text: str, metadata: Mapping[str, Any]) -> dg.Failure:
    from dagster._core.errors import DagsterUserCodeProcessError
    from dagster_shared.error import SerializableErrorInfo

    class Expected(DagsterUserCodeProcessError, dg.Failure):
        pass

    info = SerializableErrorInfo(text, [], name)
    made: dg.Failure = Expected(  # type: ignore[no-untyped-call]
        text, metadata=metadata, allow_retries=False, user_code_process_error_infos=[info]
    )
    return made
