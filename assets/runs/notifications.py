"""Alerts about a run that failed, or could not be started: a file in the warehouse folder, and, where one is set, a
webhook.

The webhook's address is a secret: it comes from the environment and stands in no file, log, metadata or error.
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

from assets.runs.faults import explained
from assets.settings import WEBHOOK
from warehouse import files
from warehouse.text import one_line

FOLDER = "failures"
# Files kept: those of a daily build that fails for three months.
KEPT = 100
POST_SECONDS = 10.0
# A post that fails is tried again after so many seconds, where its fault may pass: nobody reached, an error of the
# server's own (5xx), or these: timed out, too early, too many requests (RFC 9110, RFC 8470, RFC 6585).
WAITS = (1.0, 4.0)
PASSING = (408, 425, 429)
SECRET = "(secret)"
# What a step ends with when the run is stopped.
STOPPED = frozenset({"DagsterExecutionInterruptedError", "KeyboardInterrupt"})
_DAGSTERS = ("Dagster", "RetryRequested")
# Where an error's class stands, before its name.
_MODULES = re.compile(r"^(?:\w+\.)+(?=\w+(?::|$))")


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that failed; `reasons` is one line a step. `run_id` is empty where the sensor `job` started no run."""

    run_id: str
    job: str
    failed_at: str
    warehouse: str
    reasons: tuple[str, ...]


class WebhookError(RuntimeError):
    """The webhook did not take the message; says why, and never where."""


def reasons(events: Iterable[dg.DagsterEvent]) -> tuple[str, ...]:
    """A line for each step that failed: the error that stopped it, and where in the road."""
    return tuple(reason(event) for event in events if event.is_step_failure)


def reason(event: dg.DagsterEvent) -> str:
    """The error that stopped a step, in one line. What Dagster raises because of it says nothing, and what it came of
    less than the error itself."""
    error = _cause(event)
    if error is not None and error.cls_name in STOPPED:
        return f"{event.step_key}: the run was stopped"
    lines = _MODULES.sub("", error.message if error else "failed").splitlines()
    message = one_line(RuntimeError("; ".join(line.strip() for line in lines if line.strip())))
    return f"{event.step_key}: {message}"


def unforeseen(events: Iterable[dg.DagsterEvent]) -> Iterator[str]:
    """The tracebacks of errors whose message is not written for users."""
    for event in events:
        if event.is_step_failure:
            error = _cause(event)
            name = "" if error is None else (error.cls_name or "")
            if error is not None and name not in STOPPED and not explained(name):
                yield f"{event.step_key}\n{error.to_string()}"


def _cause(event: dg.DagsterEvent) -> Any:
    """The error that stopped a step, without those that Dagster raised because of it."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None and (error.cls_name or "").startswith(_DAGSTERS):
        error = error.cause
    return error


def tell(
    warehouse: Path,
    run_id: str,
    job: str,
    told: tuple[str, ...],
    environment: Mapping[str, str] = os.environ,
    now: datetime | None = None,
) -> Path:
    """Write the failure to `<warehouse>/failures/`, post it where a webhook is set, and return the file. `run_id` is
    empty where a sensor (`job`) started no run.

    Raises OSError when the file cannot be written; WebhookError when the post fails: the file is written all the same.
    """
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    webhook = environment.get(WEBHOOK, "")
    failure = Failure(run_id, job, moment.isoformat(), str(warehouse), tuple(_without(line, webhook) for line in told))
    path = write(warehouse, failure, moment)
    if webhook:
        post(webhook, failure)
    return path


def write(warehouse: Path, failure: Failure, moment: datetime) -> Path:
    """One JSON file a failed run, the oldest beyond KEPT removed."""
    folder = warehouse / FOLDER
    files.make(warehouse)
    folder.mkdir(exist_ok=True)
    path = folder / f"{moment:%Y%m%dT%H%M%SZ}-{failure.run_id[:8] or failure.job}.json"
    files.atomic_write(path, json.dumps(asdict(failure), indent=2, ensure_ascii=False) + "\n")
    for old in sorted(folder.glob("*.json"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def message(failure: Failure) -> dict[str, Any]:
    """What is posted: `text` for chat services that show it (Slack, Mattermost, Teams' workflows), and the fields."""
    run = f"run {failure.run_id[:8]}" if failure.run_id else "no run was started"
    head = f"onrecord: {failure.job} failed in {failure.warehouse} ({failure.failed_at}, {run})"
    return {"text": "\n".join([head, *failure.reasons]), **asdict(failure)}


def post(webhook: str, failure: Failure, waits: Sequence[float] = WAITS) -> None:
    """POST as JSON, once more after each of `waits` seconds where the fault may pass. Raises WebhookError."""
    if not webhook.lower().startswith(("http://", "https://")):
        raise WebhookError(f"{WEBHOOK} is not an address of http or https")
    body = json.dumps(message(failure)).encode()
    for wait in (*waits, None):
        why, passing = _posted(webhook, body)
        if not why:
            return
        if wait is None or not passing:
            raise WebhookError(f"the webhook in {WEBHOOK} took no message: {why}")
        time.sleep(wait)


def _posted(webhook: str, body: bytes) -> tuple[str, bool]:
    """Post once: why it failed, which is empty where it did not, and whether that may pass."""
    try:
        request = urllib.request.Request(webhook, body, {"Content-Type": "application/json", "User-Agent": "onrecord"})
        with _OPENER.open(request, timeout=POST_SECONDS):
            return "", False
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answered {error.code}", error.code >= 500 or error.code in PASSING
    except OSError as error:
        # An error's own words may hold the address.
        return _without(one_line(error), webhook), True
    except (ValueError, HTTPException) as error:
        return type(error).__name__, False


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What is told goes where it was meant to go, or nowhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _without(text: str, secret: str) -> str:
    return text.replace(secret, SECRET) if secret else text
