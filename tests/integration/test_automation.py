"""When a build is requested and why not, which faults are retried, and what is reported of a failed run."""

import errno
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._daemon.sensor import get_elapsed

from assets.automation import failure_sensor, schedule, sensor
from assets.build.incremental import Progress, update_from_raw_folder
from assets.metadata import step
from assets.raw_folder import RAW_FOLDER
from assets.runs import notifications, retries, stale_runs
from assets.runs.instance import IN_SQLITE, KNOWN_OLD_CONFIG_DIGESTS, TEMPLATE, home, open_instance
from assets.runs.notifications import WebhookError, reasons, report_failure
from assets.runs.retries import TERMINAL_RUN_TAG, is_transient
from assets.settings import WEBHOOK, Settings
from tests.support import factory
from tests.support.webhook import SECRET, Webhook, served
from warehouse.intake import SourcesVanished
from warehouse.release.publish import ReleaseRefused
from warehouse.sql import StoreError, StoreLocked
from warehouse.store import Store
from warehouse.withdrawal import lists
from warehouse.withdrawal.lists import Withdrawal


def _ignore(_: Progress) -> None:
    pass


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return factory.stories(tmp_path, 20)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


class Looks:
    """The sensor, evaluated repeatedly with its cursor."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance) -> None:
        self.settings, self.instance, self.cursor = settings, instance, ""

    def look(self) -> str:
        """Return `build`, or why none is requested."""
        watch = sensor(dg.define_asset_job("build"), self.settings)
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor or None)
        out = watch(context)
        self.cursor = context.cursor or ""
        if isinstance(out, dg.SkipReason):
            return out.skip_message or ""
        assert isinstance(out, dg.SensorResult)
        if out.skip_reason is not None:
            (noted,) = out.asset_events
            assert noted.asset_key == dg.AssetKey(RAW_FOLDER)
            return out.skip_reason.skip_message or ""
        (request,) = out.run_requests or []
        assert request.run_key is None, "a folder that is again as it was would not be built"
        return "build"

    def build(self) -> None:
        """Do to the store what the run does."""
        update_from_raw_folder(Store(self.settings.warehouse), self.settings, _ignore)


def test_the_sensor_waits_until_files_stand_still(place: Settings, instance: dg.DagsterInstance) -> None:
    looks = Looks(place, instance)
    assert "has changed; waiting" in looks.look()
    assert looks.look() == "build"
    looks.build()
    assert "has not changed since the last build" in looks.look()
    (place.raw / "b.txt").write_text("Another.", encoding="utf-8")
    assert "has changed; waiting" in looks.look()
    (place.raw / "b.txt").write_text("Another, longer.", encoding="utf-8")
    assert "has changed; waiting" in looks.look(), "it is still being written"
    assert looks.look() == "build"
    looks.build()
    (place.raw / "b.txt").unlink()
    looks.look()
    assert looks.look() == "build", "a removed file is a change, also when the folder is as it once was"


def test_what_a_terminal_has_built_is_not_built_again(place: Settings, instance: dg.DagsterInstance) -> None:
    looks = Looks(place, instance)
    looks.look()
    looks.build()
    assert "the warehouse already contains the change" in looks.look()
    assert "has not changed since the last build" in looks.look()


def test_a_lost_mount_removes_nothing_and_says_so(place: Settings, instance: dg.DagsterInstance) -> None:
    looks = Looks(place, instance)
    looks.look()
    looks.look()
    looks.build()
    elsewhere = place.raw.rename(place.raw.with_name("unmounted"))
    reason = looks.look()
    assert "does not exist" in reason and "nothing was removed" in reason and str(place.raw) in reason
    place.raw.mkdir()  # the mount point without its mount
    looks.look()
    reason = looks.look()
    assert "20 of 20 articles" in reason and "nothing was removed" in reason
    assert str(place.raw) in reason
    assert looks.look() == reason, "it goes on saying so"
    place.raw.rmdir()
    elsewhere.rename(place.raw)
    assert "has not changed since the last build" in looks.look()
    # An intended removal needs the flag.
    for number in range(10):
        (place.raw / f"{number:02}.txt").unlink()
    looks.look()
    assert "10 of 20 articles" in looks.look()
    looks.settings = replace(place, accept_removals=True)
    assert looks.look() == "build"


def test_a_stop_is_told_once(
    place: Settings, instance: dg.DagsterInstance, webhook: "Webhook", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK, webhook.url)
    looks = Looks(place, instance)
    looks.build()

    def lost() -> list[str]:
        reasons = [looks.look() for _ in range(4)]
        assert reasons[1:] == [reasons[-1]] * 3 and reasons[-1].startswith("STOPPED")
        return [body["text"] for _, body in webhook.received]

    for file in place.raw.iterdir():
        file.rename(place.raw.with_name(file.name))
    (told,) = lost()
    assert "raw_folder failed" in told and "20 of 20 articles" in told and "no run was started" in told
    (path,) = (place.warehouse / "failures").iterdir()
    assert "20 of 20 articles" in path.read_text(encoding="utf-8")
    place.raw.rmdir()
    assert [looks.look(), looks.look()] == [looks.look()] * 2
    assert "does not exist" in webhook.received[1][1]["text"], "another situation"
    place.raw.mkdir()
    for file in place.raw.parent.glob("*.txt"):
        file.rename(place.raw / file.name)
    for _ in range(2):
        looks.look()
    for file in place.raw.iterdir():
        file.rename(place.raw.with_name(file.name))
    assert len(lost()) == 3, "it came back, and was lost again"


def test_a_stop_that_cannot_be_posted_is_said(
    place: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK, "file:///nowhere")
    place.raw.rename(place.raw.with_name("unmounted"))
    looks = Looks(place, instance)
    assert WEBHOOK in looks.look()
    assert len(list((place.warehouse / "failures").iterdir())) == 1


def test_what_only_reading_shows_fails_the_run_and_is_told(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_instance(place.warehouse) as instance:
        looks = Looks(place, instance)
        looks.build()
        for number in range(10):
            (place.raw / f"{number:02}.txt").write_bytes(b"")
        looks.look()
        assert looks.look() == "build"
        result = _job(place, looks.build).execute_in_process(instance=instance, raise_on_error=False)
        assert "10 now refused as empty" in _told(place, instance, result)
        assert "FAILED" in looks.look()


def _notified(place: Settings, instance: dg.DagsterInstance, result: Any) -> Any:
    """Evaluate the sensor on failed runs."""
    watch = failure_sensor(place)
    context = dg.build_run_status_sensor_context(
        sensor_name=watch.name,
        dagster_event=result.get_run_failure_event(),
        dagster_instance=instance,
        dagster_run=result.dagster_run,
    )
    return watch(context.for_run_failure())


def _told(place: Settings, instance: dg.DagsterInstance, result: Any) -> str:
    """Return what the sensor on failed runs writes."""
    _notified(place, instance, result)
    (path,) = (place.warehouse / "failures").iterdir()
    return path.read_text(encoding="utf-8")


def test_one_run_at_a_time(place: Settings) -> None:
    with open_instance(place.warehouse) as instance:
        looks = Looks(place, instance)
        looks.look()
        running = instance.create_run_for_job(_job(place, lambda: None), status=DagsterRunStatus.STARTED)
        assert f"run {running.run_id[:8]} has not ended" in looks.look()
        daily = schedule(dg.define_asset_job("build"), place)
        assert isinstance(daily(dg.build_schedule_context(instance=instance)), dg.SkipReason)
        instance.report_run_canceled(running)
        assert isinstance(daily(dg.build_schedule_context(instance=instance)), dg.RunRequest)
        assert looks.look() == "build"


def test_the_history_that_shows_withdrawn_articles_goes_before_a_run(place: Settings) -> None:
    with open_instance(place.warehouse) as instance:
        lists.write_withdrawn_list(place.warehouse, {"a": Withdrawal("a", "a.txt", "2026-11-22", "asked")})
        ended = instance.create_run_for_job(_job(place, lambda: None), status=DagsterRunStatus.SUCCESS)
        daily = schedule(dg.define_asset_job("build"), place)
        assert isinstance(daily(dg.build_schedule_context(instance=instance)), dg.RunRequest)
        assert instance.get_run_by_id(ended.run_id) is None
        again = instance.create_run_for_job(_job(place, lambda: None), status=DagsterRunStatus.SUCCESS)
        looks = Looks(place, instance)
        looks.look()
        assert instance.get_run_by_id(again.run_id) is not None, "no run was asked for"
        assert looks.look() == "build"
        assert instance.get_run_by_id(again.run_id) is None


def test_a_cursor_of_another_make_is_forgotten(place: Settings, instance: dg.DagsterInstance) -> None:
    looks = Looks(place, instance)
    for cursor in ("0123 0123", "[]", '{"seen": 1}'):
        looks.cursor = cursor
        assert "waiting" in looks.look()


def _job(settings: Settings, body: Any) -> dg.JobDefinition:
    @dg.asset
    def thing(context: dg.AssetExecutionContext) -> None:
        with step(context, settings):
            body()

    definitions = dg.Definitions(assets=[thing], jobs=[dg.define_asset_job("build")], executor=dg.in_process_executor)
    return definitions.resolve_job_def("build")


class Faults:
    """A body that fails some times and then succeeds."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.calls = error, times, 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error


@pytest.mark.parametrize(
    ("error", "tried"),
    [
        (StoreLocked("the warehouse is locked by process 1"), 3),
        (OSError(errno.ESTALE, "Stale file handle"), 3),
        (OSError(errno.EIO, "Input/output error"), 3),
        (TimeoutError("timed out"), 3),
        (ReleaseRefused("a check has failed"), 1),
        (SourcesVanished("12 of 20 articles would be lost"), 1),
        (OSError(errno.ENOSPC, "No space left on device"), 1),
        (FileNotFoundError(errno.ENOENT, "No such file"), 1),
        (PermissionError(errno.EACCES, "Permission denied"), 1),
        (ValueError("a fault of the program"), 1),
    ],
)
def test_passing_faults_are_tried_again(
    place: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, error: Exception, tried: int
) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_SECONDS", 0.0)
    body = Faults(error, 2)
    result = _job(place, body).execute_in_process(instance=instance, raise_on_error=False)
    assert (body.calls, result.success) == (tried, tried == 3)
    # In a terminal the user sees the failure at once.
    alone = Faults(error, 2)
    result = _job(place, alone).execute_in_process(
        instance=instance, raise_on_error=False, tags={TERMINAL_RUN_TAG: "true"}
    )
    assert (alone.calls, result.success) == (1, False)


def test_a_fault_that_does_not_pass_ends_the_run(
    place: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_SECONDS", 0.0)
    body = Faults(StoreLocked("held"), 100)
    assert not _job(place, body).execute_in_process(instance=instance, raise_on_error=False).success
    assert body.calls == retries.RETRIES + 1


def _damaged() -> None:
    try:
        raise OSError(errno.EINVAL, "could not read 3288 bytes at 9000")
    except OSError as error:
        raise StoreError("the database is damaged; restore a backup") from error


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (_damaged, "StoreError: the database is damaged; restore a backup"),
        (Faults(ReleaseRefused("a: failed\nb: stale"), 9), "ReleaseRefused: a: failed; b: stale"),
        (Faults(StoreLocked("held by process 1"), 100), "StoreLocked: held by process 1"),
        (Faults(ValueError("no\x1b[31m\n such   thing"), 9), "ValueError: no?[31m; such thing"),
    ],
    ids=["what it came of", "several lines", "after the last try", "controls"],
)
def test_what_is_told_is_the_error_that_stopped_the_step(
    place: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, body: Any, told: str
) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_SECONDS", 0.0)
    result = _job(place, body).execute_in_process(instance=instance, raise_on_error=False)
    assert reasons(result.all_events) == (f"thing: {told}",)


def _failed(place: Settings, instance: dg.DagsterInstance, error: Exception) -> Any:
    result = _job(place, Faults(error, 9)).execute_in_process(instance=instance, raise_on_error=False)
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return event.step_failure_data


def test_a_failure_of_an_expected_cause_has_no_traceback(place: Settings, instance: dg.DagsterInstance) -> None:
    found = _failed(place, instance, ReleaseRefused("quotes_a: failed (3 of 4 rows)\nquotes_b: missing"))
    assert (found.error.cls_name, found.error.stack, found.error.cause) == ("ReleaseRefused", [], None)
    shown = found.user_failure_data
    assert shown.description == "ReleaseRefused: quotes_a: failed (3 of 4 rows)\nquotes_b: missing"
    assert [record.data["check"] for record in shown.metadata["checks"].records] == ["quotes_a", "quotes_b"]
    assert "data docs" in shown.metadata
    assert _failed(place, instance, StoreError("the database is damaged: restore a backup")).error.stack == []
    assert _failed(place, instance, ValueError("a fault of the program")).error.cause.stack, "its traceback is needed"


def test_a_passing_fault_is_known_by_its_cause() -> None:
    try:
        try:
            raise OSError(errno.EHOSTDOWN, "Host is down")
        except OSError as error:
            raise RuntimeError("could not read") from error
    except RuntimeError as error:
        assert is_transient(error)


def test_a_run_whose_process_is_gone_is_ended(place: Settings) -> None:
    where = home(place.warehouse)
    code = (
        "import sys, time; from pathlib import Path; from assets.runs import stale_runs; "
        "stale_runs.hold_run_lock(Path(sys.argv[1]), sys.argv[2]); print('held', flush=True); time.sleep(600)"
    )
    with open_instance(place.warehouse) as instance:
        run = instance.create_run_for_job(_job(place, lambda: None), status=DagsterRunStatus.STARTED)
        command = [sys.executable, "-c", code, str(where), run.run_id]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "held\n"
            assert stale_runs.end_dead_runs(instance, where) == [], "it is worked on"
            process.kill()
            process.wait()
        assert stale_runs.end_dead_runs(instance, where) == [run.run_id]
        ended = instance.get_run_by_id(run.run_id)
        assert ended is not None and ended.status == DagsterRunStatus.FAILURE
        assert stale_runs.unfinished(instance) == []
        # Locks of ended runs do not accumulate.
        (where / "running" / "0123-of-old.lock").touch()
        stale_runs.end_dead_runs(instance, where)
        assert list((where / "running").iterdir()) == []


def test_a_place_in_the_pool_outlives_no_run(place: Settings) -> None:
    """Dagster itself ends a run whose process died, but leaves its slot occupied: all later runs would wait."""
    where = home(place.warehouse)
    with open_instance(place.warehouse) as instance:
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default("warehouse")
        run = instance.create_run_for_job(_job(place, lambda: None), status=DagsterRunStatus.STARTED)
        assert storage.claim_concurrency_slot("warehouse", run.run_id, "make_quotes").is_claimed
        stale_runs.end_dead_runs(instance, where)
        assert storage.get_concurrency_run_ids() == {run.run_id}, "it may still be worked on"
        instance.report_run_failed(run)
        assert stale_runs.end_dead_runs(instance, where) == []
        assert storage.get_concurrency_run_ids() == set()
        assert instance.run_monitoring_settings["free_slots_after_run_end_seconds"] <= 60, "the daemon does so, too"


def test_a_run_that_is_only_starting_is_left_alone(place: Settings) -> None:
    with open_instance(place.warehouse) as instance:
        instance.create_run_for_job(_job(place, lambda: None), status=DagsterRunStatus.STARTED)
        assert stale_runs.end_dead_runs(instance, home(place.warehouse)) == []


def test_what_ticked_while_the_clock_was_ahead_ticks_again(place: Settings) -> None:
    """Use Dagster's own test of whether a sensor is due, before and after; a schedule's last tick is deleted."""
    origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("onrecord"), "__repository__")
    now = time.time()
    with open_instance(place.warehouse) as instance:
        for name, kind, at in (
            ("ahead", InstigatorType.SENSOR, now + 1e7),
            ("right", InstigatorType.SENSOR, now),
            ("daily", InstigatorType.SCHEDULE, now + 1e7),
        ):
            data: Any = ScheduleInstigatorData("0 5 * * *", start_timestamp=now, last_iteration_timestamp=at)
            if kind == InstigatorType.SENSOR:
                data = SensorInstigatorData(last_tick_timestamp=at, last_tick_start_timestamp=at, cursor="seen")
            state = InstigatorState(origin.get_instigator_origin(name), kind, InstigatorStatus.RUNNING, data)
            instance.add_instigator_state(state)
            origin_id, selector_id = state.instigator_origin_id, state.selector_id
            tick = TickData(origin_id, name, kind, TickStatus.SUCCESS, at, run_ids=[], selector_id=selector_id)
            instance.create_tick(tick)
        assert sorted(stale_runs.reset_future_ticks(instance)) == ["ahead", "daily"]
        assert stale_runs.reset_future_ticks(instance) == []
        states = {state.instigator_name: state for state in instance.all_instigator_state()}
        ticks = {n: instance.get_ticks(s.instigator_origin_id, s.selector_id) for n, s in states.items()}
        assert {name: len(of) for name, of in ticks.items()} == {"ahead": 0, "right": 1, "daily": 0}
        elapsed = get_elapsed(states["ahead"])
        assert elapsed is not None and elapsed >= 0
        assert states["ahead"].instigator_data.cursor == "seen"  # type: ignore[union-attr]
        assert states["daily"].instigator_data.last_iteration_timestamp <= time.time()  # type: ignore[union-attr, operator]


def test_a_template_of_a_former_version_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    old = b"telemetry:\n  enabled: false\n"
    now = TEMPLATE.read_bytes() + IN_SQLITE
    copy = home(tmp_path) / "dagster.yaml"
    assert copy.read_bytes() == now
    copy.write_bytes(old)
    home(tmp_path)
    assert (copy.read_bytes(), (copy.parent / "dagster.yaml.changed-1").read_bytes()) == (now, old), "somebody's own"
    copy.write_bytes(old)
    monkeypatch.setattr(
        "assets.runs.instance.KNOWN_OLD_CONFIG_DIGESTS", KNOWN_OLD_CONFIG_DIGESTS | {hashlib.sha256(old).hexdigest()}
    )
    home(tmp_path)
    assert copy.read_bytes() == now
    assert not (copy.parent / "dagster.yaml.changed-2").exists()
    assert hashlib.sha256(TEMPLATE.read_bytes()).hexdigest() not in KNOWN_OLD_CONFIG_DIGESTS


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with served() as server:
        yield server


def test_a_failure_is_written_and_posted(tmp_path: Path, webhook: Webhook) -> None:
    told = ("read_raw_folder: 12 of 20 articles would be lost", f"release: cannot reach {webhook.url}")
    now = datetime(2026, 3, 14, 5, 0, 9, tzinfo=UTC)
    path = report_failure(tmp_path, "0123456789ab", "build", told, {WEBHOOK: webhook.url}, now)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert path == tmp_path / "failures" / "20260314T050009Z-01234567.json"
    assert written["reasons"] == [told[0], "release: cannot reach (secret)"]
    assert written["failed_at"] == "2026-03-14T05:00:09+00:00"
    ((at, body),) = webhook.received
    assert at == SECRET
    assert body.items() >= written.items()
    assert told[0] in body["text"]
    assert SECRET not in path.read_text(encoding="utf-8") + json.dumps(body)


@pytest.mark.parametrize(
    ("first", "answer", "posts", "why"),
    [([503, 429], 200, 3, None), ([503], 403, 2, "it answered 403"), ([], 502, 3, "it answered 502")],
)
def test_a_post_is_tried_again_while_its_fault_may_pass(
    webhook: Webhook, first: list[int], answer: int, posts: int, why: str | None
) -> None:
    webhook.first, webhook.answer = first, answer
    failure = notifications.Failure("0123456789ab", "build", "2026-03-14T05:00:09+00:00", "warehouse", ("a reason",))
    with pytest.raises(WebhookError, match=why) if why else nullcontext():
        notifications.post(webhook.url, failure, waits=(0.0, 0.0))
    assert len(webhook.received) == posts


@pytest.mark.parametrize("kind", ["refused", "moved", "nobody", "scheme", "nonsense"])
def test_a_post_that_fails_names_no_address(
    tmp_path: Path, webhook: Webhook, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications.time, "sleep", lambda _: None)
    url = webhook.url
    if kind == "refused":
        webhook.answer = 403
    elif kind == "moved":
        webhook.answer, webhook.location = 302, "http://127.0.0.1:9/elsewhere"
    elif kind == "nobody":
        url = f"http://127.0.0.1:1{SECRET}"
    elif kind == "scheme":
        url = f"file:///etc{SECRET}"
    else:
        url = f"http://[::broken{SECRET}"
    with pytest.raises(WebhookError) as caught:
        report_failure(tmp_path, "0123456789ab", "build", ("a reason",), {WEBHOOK: url})
    assert SECRET not in str(caught.value) and WEBHOOK in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(list((tmp_path / "failures").iterdir())) == 1, "the file is written all the same"


def test_old_failures_are_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "KEPT", 3)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    paths = [report_failure(tmp_path, f"run{day}", "build", (), {}, first + timedelta(days=day)) for day in range(5)]
    assert sorted((tmp_path / "failures").iterdir()) == paths[2:]


def test_the_daemon_tells_why_a_run_failed(
    place: Settings, instance: dg.DagsterInstance, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK, webhook.url)

    def fail(tags: dict[str, str]) -> Any:
        job = _job(place, Faults(ReleaseRefused("quotes_at_span has failed"), 9))
        result = job.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        return _notified(place, instance, result)

    assert fail({}) is None
    (path,) = (place.warehouse / "failures").iterdir()
    assert "quotes_at_span has failed" in path.read_text(encoding="utf-8")
    ((_, body),) = webhook.received
    assert "quotes_at_span has failed" in body["text"]
    # A run in a terminal has reported its failure already.
    assert isinstance(fail({TERMINAL_RUN_TAG: "true"}), dg.SkipReason)
    assert len(webhook.received) == 1
    webhook.answer = 500
    with pytest.raises(dg.Failure) as caught:
        fail({})
    assert SECRET not in str(caught.value)
