"""Report failed runs, and runs that could not be started: a file in the warehouse folder, and a webhook if one is set.

The webhook's address is a secret: it comes from the environment and is in no file, log, metadata or error.
"""

from __future__ import annotations

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

import dagster as dg

from assets.runs.error_messages import is_explained_error
from assets.settings import WEBHOOK
from warehouse import files
from warehouse.text import one_line

FOLDER = "failures"
# Maximum files: those of a daily build that fails for three months.
KEPT = 100
POST_SECONDS = 10.0
# A failed post is retried after these seconds if the fault is transient: no connection, a server error (5xx), or these
# statuses: timeout, too early, too many requests (RFC 9110, RFC 8470, RFC 6585).
RETRY_WAIT_SECONDS = (1.0, 4.0)
TRANSIENT_STATUS = (408, 425, 429)
SECRET = "(secret)"
# Errors that end a step when the run is stopped.
STOPPED = frozenset({"DagsterExecutionInterruptedError", "KeyboardInterrupt"})
_DAGSTERS = ("Dagster", "RetryRequested")
# The module path before an error's class name.
_MODULES = re.compile(r"^(?:\w+\.)+(?=\w+(?::|$))")


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that failed; `reasons` has one line per step. `run_id` is empty if the sensor `job` started no run."""

    run_id: str
    job: str
    failed_at: str
    warehouse: str
    reasons: tuple[str, ...]


class WebhookError(RuntimeError):
    """The webhook did not accept the message; says why, without the address."""


def reasons(events: Iterable[dg.DagsterEvent]) -> tuple[str, ...]:
    """Return a line for each step that failed: the step and its error."""
    return tuple(reason(event) for event in events if event.is_step_failure)


def reason(event: dg.DagsterEvent) -> str:
    """Return a step's root cause in one line: follow `cause` past Dagster's own wrapper exceptions."""
    error = _cause(event)
    if error is not None and error.cls_name in STOPPED:
        return f"{event.step_key}: the run was stopped"
    lines = _MODULES.sub("", error.message if error else "failed").splitlines()
    message = one_line(RuntimeError("; ".join(line.strip() for line in lines if line.strip())))
    return f"{event.step_key}: {message}"


def unexpected_tracebacks(events: Iterable[dg.DagsterEvent]) -> Iterator[str]:
    """Yield the tracebacks of errors whose message is not written for users."""
    for event in events:
        if event.is_step_failure:
            error = _cause(event)
            name = "" if error is None else (error.cls_name or "")
            if error is not None and name not in STOPPED and not is_explained_error(name):
                yield f"{event.step_key}\n{error.to_string()}"


def _cause(event: dg.DagsterEvent) -> Any:
    """Return a step's error without Dagster's wrapper exceptions."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None and (error.cls_name or "").startswith(_DAGSTERS):
        error = error.cause
    return error


def report_failure(
    warehouse: Path,
    run_id: str,
    job: str,
    reason_lines: tuple[str, ...],
    environment: Mapping[str, str] = os.environ,
    now: datetime | None = None,
) -> Path:
    """Write the failure to `<warehouse>/failures/`, post it if a webhook is set, and return the file. `run_id` is empty
    if a sensor (`job`) started no run.

    Raises OSError if the file cannot be written; WebhookError if the post fails, after the file is written.
    """
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    webhook = environment.get(WEBHOOK, "")
    failure = Failure(
        run_id, job, moment.isoformat(), str(warehouse), tuple(_without(line, webhook) for line in reason_lines)
    )
    path = write(warehouse, failure, moment)
    if webhook:
        post(webhook, failure)
    return path


def write(warehouse: Path, failure: Failure, moment: datetime) -> Path:
    """Write one JSON file per failed run, and delete the oldest beyond KEPT."""
    folder = warehouse / FOLDER
    files.make_private_folder(warehouse)
    folder.mkdir(exist_ok=True)
    path = folder / f"{moment:%Y%m%dT%H%M%SZ}-{failure.run_id[:8] or failure.job}.json"
    files.atomic_write(path, json.dumps(asdict(failure), indent=2, ensure_ascii=False) + "\n")
    for old in sorted(folder.glob("*.json"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def message(failure: Failure) -> dict[str, Any]:
    """Return the message: `text` for chat services (Slack, Mattermost, Teams' workflows), and the fields."""
    run = f"run {failure.run_id[:8]}" if failure.run_id else "no run was started"
    head = f"onrecord: {failure.job} failed in {failure.warehouse} ({failure.failed_at}, {run})"
    return {"text": "\n".join([head, *failure.reasons]), **asdict(failure)}


def post(webhook: str, failure: Failure, waits: Sequence[float] = RETRY_WAIT_SECONDS) -> None:
    """POST as JSON; retry transient faults after each of `waits` seconds. Raises WebhookError."""
    if not webhook.lower().startswith(("http://", "https://")):
        raise WebhookError(f"{WEBHOOK} is not an address of http or https")
    body = json.dumps(message(failure)).encode()
    for wait in (*waits, None):
        why, passing = _posted(webhook, body)
        if not why:
            return
        if wait is None or not passing:
            raise WebhookError(f"the webhook in {WEBHOOK} did not accept the message: {why}")
        time.sleep(wait)


def _posted(webhook: str, body: bytes) -> tuple[str, bool]:
    """Post once. Returns why it failed (empty on success), and whether the fault is transient."""
    try:
        request = urllib.request.Request(webhook, body, {"Content-Type": "application/json", "User-Agent": "onrecord"})
        with _OPENER.open(request, timeout=POST_SECONDS):
            return "", False
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answered {error.code}", error.code >= 500 or error.code in TRANSIENT_STATUS
    except OSError as error:
        # The error's message may hold the address.
        return _without(one_line(error), webhook), True
    except (ValueError, HTTPException) as error:
        return type(error).__name__, False


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirects: messages go to the configured address only."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _without(text: str, secret: str) -> str:
    return text.replace(secret, SECRET) if secret else text
