"""The UI in headless Chromium: the asset graph with its groups, figures, pictures and checks. The words of a hostile
article are always shown as text.
"""

import json
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.automation import DAILY, RAW_FOLDER, RUN_FAILURES
from assets.checks import asset_check_list
from assets.cli.build_output import run_build
from assets.settings import SAMPLE, Settings
from benchmarks.search import chromium
from expectations.check_runner import checks
from expectations.screening import Screened
from pipeline.contract import BY_NAME, STORED, VERDICTS, ids
from tests.support.processes import NEEDS_CHROMIUM, QUIET, STARTS_WITHIN, running
from warehouse import digests
from warehouse.store import Store

AUTOMATION = (DAILY, RAW_FOLDER, RUN_FAILURES)
pytestmark = [pytest.mark.slow, NEEDS_CHROMIUM]
SHOWS_WITHIN = 120.0


# Each would change the page if it were not treated as text.
PWN = "window.pwned=1"
SCRIPT = f"<script>{PWN}</script>"
IMAGE = f"<img src=x onerror={PWN}>"
LINK = f"[click](javascript:{PWN}) <a href=javascript:{PWN}>here</a>"
PICTURE = "![x](http://127.0.0.1:9/evil.png)"
FORMULA = "=HYPERLINK(1,2) $$\\pwn$$ {{7*7}}"
# Previews show a table's first rows: choose a name whose document sorts first.
NAME = min((f"00{number:03}_{IMAGE}.txt" for number in range(500)), key=ids.document_id)
HOSTILE = f"""{SCRIPT} opens {PICTURE}

PORTVILLE, 14 March 2026 (Delta News) - {LINK} The {IMAGE} pier is open. {FORMULA}
"{SCRIPT} {PICTURE} we open every gate," harbour master Ana Lume told Delta News on Friday.
"{LINK} {FORMULA} and we stay open," she said.
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sample with a hostile article and two hostile refusals. Then plant a defect in that article's rows and
    build again without the screening, so that failed checks show them."""
    place = tmp_path_factory.mktemp("ui")
    shutil.copytree(SAMPLE, place / "raw")
    (place / "raw" / NAME).write_text(HOSTILE, encoding="utf-8")
    (place / "raw" / f"01_{IMAGE}.txt").write_bytes(b"")
    settings = Settings(raw=place / "raw", warehouse=place / "warehouse", publish_text="all")
    assert run_build(settings) == 0
    with Store(settings.warehouse).open() as connection:
        row = connection.execute("SELECT document_id FROM stored.documents WHERE source = ?", [NAME]).fetchone()
        assert row is not None
        for column in ("text", "speaker"):
            connection.execute(f"UPDATE stored.quotes SET {column} = ? WHERE document_id = ?", [IMAGE, row[0]])  # noqa: S608
        connection.execute("DELETE FROM stored.verdicts")
        digests.fill(connection, [BY_NAME["quotes"], VERDICTS])  # as if a stage had written it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.build.screening.screen_store", lambda *_: Screened(0, ()))
        assert run_build(settings) == 1
    return settings.warehouse


@pytest.fixture(scope="module")
def address(warehouse: Path) -> Iterator[str]:
    """Run `onrecord ui` on the warehouse, with its pages on the next port; yield its URL."""
    with running(warehouse.parent, "ui") as ui:
        yield ui.url


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    profile = tmp_path_factory.mktemp("profile")
    with chromium(*QUIET, "--window-size=1800,1700", f"--user-data-dir={profile}") as driver:
        yield driver


def _text(browser: object, url: str, *words: str) -> str:
    """Return the page's text once it has all the words, or at the timeout."""
    from selenium.webdriver.common.by import By

    browser.get(url)  # type: ignore[attr-defined]
    until = time.monotonic() + SHOWS_WITHIN
    text = ""
    while time.monotonic() < until:
        text = browser.find_element(By.TAG_NAME, "body").text  # type: ignore[attr-defined]
        if all(word in text for word in words):
            break
        time.sleep(0.5)
    return text


def test_the_asset_graph_shows_every_table_in_its_group(browser: object, address: str) -> None:
    groups = ("1_intake", "2_articles", "3_language", "4_corpus", "5_release")
    names = [t.name for t in STORED] + ["release"]
    text = _text(browser, f"{address}/assets", *names)
    assert [name for name in names if name not in text] == []
    text = _text(browser, f"{address}/asset-groups", *groups)
    _picture(browser, "graph")
    assert [name for name in groups if name not in text] == []


def test_what_can_work_by_itself_is_listed_and_stopped(browser: object, address: str) -> None:
    text = _text(browser, f"{address}/automation", *AUTOMATION, "At 05:00 AM UTC")
    _picture(browser, "automation")
    assert [name for name in (*AUTOMATION, "At 05:00 AM UTC") if name not in text] == []
    switches = browser.execute_script(  # type: ignore[attr-defined]
        "return [...document.querySelectorAll('input[type=checkbox][role=switch], label input')].map(e => e.checked)"
    )
    assert not any(switches)
    for name, kind, words in (
        (DAILY, "schedules", "Does not start a build while another one is running"),
        (RAW_FOLDER, "sensors", "after two evaluations without a change"),
        (RUN_FAILURES, "sensors", "Writes the reason of each failed run"),
    ):
        assert words in _text(browser, f"{address}/locations/onrecord/{kind}/{name}", words)


def test_an_asset_page_tells_of_the_last_run(browser: object, address: str) -> None:
    shown = ("One row is one article", "rows added", "rows changed", "rows removed", "by day", "preview")
    shown += ("Made from raws", "From raws.text")
    text = _text(browser, f"{address}/assets/documents", *shown)
    _picture(browser, "documents")
    assert [words for words in shown if words not in text] == []
    # A click opens the picture.
    images = _opened(browser, "by day")
    _picture(browser, "day")
    assert len(images) == 1
    assert images[0]["source"].startswith("data:image/svg+xml;base64,")
    assert images[0]["width"] > 200


def test_the_checks_of_a_table_are_shown(browser: object, address: str) -> None:
    # The list renders only visible names, in alphabetical order, and shortens long ones.
    names = sorted(of.name for of in asset_check_list() if of.table == "sentences")[:12]
    names = [name for name in names if len(name) < 25]
    assert len(names) > 3
    text = _text(browser, f"{address}/assets/sentences?view=checks", *names)
    _picture(browser, "checks")
    assert [name for name in names if name not in text] == []
    (docs,) = browser.execute_script(  # type: ignore[attr-defined]
        "return [...document.querySelectorAll('a')].filter(a => a.textContent === 'data docs').map(a => a.href)"
    )
    host, _, port = address.rpartition(":")
    assert docs == f"{host}:{int(port) + 1}/data_docs/index.html#sentences"


def test_the_runs_of_the_command_are_listed(browser: object, address: str) -> None:
    text = _text(browser, f"{address}/runs", "build", "Success", "Failure")
    _picture(browser, "runs")
    assert "Success" in text and "Failure" in text


def test_words_of_an_article_show_as_text(browser: object, address: str, warehouse: Path) -> None:
    seen = {}
    for asset, words in (
        ("raws", IMAGE),
        ("documents", SCRIPT),
        ("refusals", IMAGE),
        ("sentences", PICTURE[:12]),
        ("mentions", "preview"),
        ("quotes", IMAGE),
        ("edits", "preview"),
    ):
        seen[asset] = _text(browser, f"{address}/assets/{asset}", "preview", words)
        assert words in seen[asset], f"{asset} does not show {words}"
        _harmless(browser, asset)
    for asset, label in (("quotes", "by speaker"), ("entities", "most frequently mentioned")):
        _text(browser, f"{address}/assets/{asset}", label)
        assert len(_opened(browser, label)) == 1
        _harmless(browser, f"{asset}: {label}", pictures=1)


def test_offending_rows_show_as_text(browser: object, address: str, warehouse: Path) -> None:
    rows = Store(warehouse).read(
        'SELECT "check" FROM stored.verdicts WHERE NOT passed AND contains(examples, ?) ORDER BY ALL', [IMAGE[:20]]
    )
    assert rows.height, "no failed check shows the planted words"
    failed = set(rows.to_series())
    name = next(of.name for of in asset_check_list() if failed & {check.name for check in of.checks})
    text = _text(browser, f"{address}/assets/quotes?view=checks&checkDetail={name}", IMAGE[:20])
    _picture(browser, "offending")
    assert IMAGE[:20] in text
    _harmless(browser, "a failed check")


def test_the_run_that_failed_shows_its_reason_as_text(browser: object, address: str) -> None:
    _text(browser, f"{address}/runs", "Failure")
    link = browser.execute_script(  # type: ignore[attr-defined]
        "return [...document.querySelectorAll('a')].map(a => a.href).find(h => /runs\\/[0-9a-f-]{8}/.test(h))"
    )
    assert link
    _text(browser, link, "release")
    _picture(browser, "run")
    _harmless(browser, "the run")


def test_the_data_docs_are_served_and_show_words_as_text(browser: object, address: str, warehouse: Path) -> None:
    host, _, port = address.rpartition(":")
    pages = f"{host}:{int(port) + 1}"
    documents = sorted((warehouse / "data_docs").rglob("*.html"))
    assert documents
    shown = 0
    for page in documents:
        relative = page.relative_to(warehouse)
        with urllib.request.urlopen(f"{pages}/{relative}", timeout=20) as answer:
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            hostile = IMAGE[:8].replace("<", "&lt;") in answer.read().decode()
        if hostile:
            shown += 1
            text = _text(browser, f"{pages}/{relative}", IMAGE[:8])
            assert IMAGE[:8] in text or "<img" in text
            _harmless(browser, str(relative), ours=("greatexpectations", "great-expectations"))
    _picture(browser, "data-docs")
    assert shown, "no page shows the planted words"
    _text(browser, f"{pages}/releases/latest/index.html", "onrecord")
    _picture(browser, "release")
    for refused in (
        "onrecord.duckdb",
        "dagster/dagster.yaml",
        "releases/../onrecord.duckdb",
        "releases/",
        "",
        "%2e%2e/raw",
    ):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{pages}/{refused}", timeout=20)
        assert caught.value.code == 404


def _opened(browser: object, label: str) -> list[dict[str, Any]]:
    """Click on a picture's entry; return the images that open."""
    script = """
        const cell = [...document.querySelectorAll('td, div, span')].filter(e => e.textContent.trim() === arguments[0]);
        const row = cell.map(e => e.closest('tr')).find(r => r && r.textContent.includes('Show Markdown'));
        if (!row) return false;
        [...row.querySelectorAll('*')].filter(e => e.textContent === '[Show Markdown]').at(-1).click();
        return true;
    """
    until = time.monotonic() + SHOWS_WITHIN
    while not browser.execute_script(script, label):  # type: ignore[attr-defined]
        assert time.monotonic() < until, f"no entry {label}"
        time.sleep(0.5)
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < until:
        time.sleep(0.5)
        found = browser.execute_script(  # type: ignore[attr-defined]
            "return [...document.images].filter(i => i.complete && i.naturalWidth)"
            ".map(i => ({source: i.currentSrc.slice(0, 60), width: i.naturalWidth}))"
        )
    return found


def test_the_release_tells_what_is_in_it(browser: object, address: str) -> None:
    shown = ("releases/latest/index.html", "rows added", "seconds per 1,000 articles", "speaker_name", "Freshness")
    text = _text(browser, f"{address}/assets/release", *shown)
    _picture(browser, "release-asset")
    assert [words for words in shown if words not in text] == []
    _harmless(browser, "release")


def test_a_release_launched_alone_after_failed_checks_is_refused(warehouse: Path, address: str) -> None:
    """Send what the button on the asset sends: a run of the release alone."""
    before = sorted(p.name for p in (warehouse / "releases").iterdir())
    status, reasons = _materialized(address, "release")
    assert status == "FAILURE"
    assert "quotes_text_at_span: failed" in reasons
    assert sorted(p.name for p in (warehouse / "releases").iterdir()) == before


def test_a_whole_build_launched_quarantines_the_article_and_makes_a_release(warehouse: Path, address: str) -> None:
    """Send what `Materialize all` sends. The article whose rows break a check is left out of the release."""
    before = sorted(p.name for p in (warehouse / "releases").iterdir())
    status, reasons = _materialized(address)
    assert status == "SUCCESS", reasons
    refused = Store(warehouse).read("SELECT source, \"check\" FROM stored.refusals WHERE reason = 'quarantined'")
    assert refused.rows() == [(NAME, "quotes_text_at_span")]
    assert sorted(p.name for p in (warehouse / "releases").iterdir()) != before


def test_every_check_is_asked_about_when_a_release_is_launched_alone(warehouse: Path, address: str) -> None:
    with Store(warehouse).open() as connection:
        connection.execute("UPDATE stored.verdicts SET passed = false, severity = 'error'")
        digests.fill(connection, [VERDICTS])
    status, reasons = _materialized(address, "release")
    assert status == "FAILURE"
    assert [check.name for check in checks() if f"{check.name}: failed" not in reasons] == []


def _asked(address: str, query: str, **variables: Any) -> Any:
    """Return the webserver's answer to a GraphQL query."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=SHOWS_WITHIN) as answer:
        return json.load(answer)["data"]


def _materialized(address: str, asset: str | None = None) -> tuple[str, str]:
    """Launch a run of one asset, or of all; return its status and the errors of its steps."""
    where = "{repositoriesOrError{... on RepositoryConnection{nodes{name location{name}}}}}"
    (repository,) = _asked(address, where)["repositoriesOrError"]["nodes"]
    launched = _asked(
        address,
        "mutation($p: ExecutionParams!){launchRun(executionParams: $p){__typename "
        "... on LaunchRunSuccess{run{runId}} ... on PythonError{message}}}",
        p={
            "selector": {
                "repositoryName": repository["name"],
                "repositoryLocationName": repository["location"]["name"],
                "jobName": "build",
                **({"assetSelection": [{"path": [asset]}], "assetCheckSelection": []} if asset else {}),
            },
            "runConfigData": {},
        },
    )["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run, status = launched["run"]["runId"], ""
    until = time.monotonic() + STARTS_WITHIN
    while status not in ("SUCCESS", "FAILURE", "CANCELED") and time.monotonic() < until:
        time.sleep(1)
        found = _asked(address, "query($id: ID!){runOrError(runId: $id){... on Run{status}}}", id=run)
        status = found["runOrError"]["status"]
    events = _asked(
        address,
        "query($id: ID!){logsForRun(runId: $id){... on EventConnection{events{"
        "... on ExecutionStepFailureEvent{error{message causes{message}}}}}}}",
        id=run,
    )["logsForRun"]["events"]
    errors = [event["error"] for event in events if event.get("error")]
    return status, "\n".join(e["message"] for error in errors for e in (error, *error["causes"]))


def _harmless(browser: object, where: str, pictures: int = 0, ours: tuple[str, ...] = ()) -> None:
    """Check that no script of the article ran and its words made no element."""
    found = browser.execute_script(  # type: ignore[attr-defined]
        """
        const bad = [];
        if (window.pwned !== undefined) bad.push('a script ran');
        for (const e of document.querySelectorAll('*'))
            for (const a of e.attributes)
                if (a.name === 'onerror'
                        || (/^(href|src|action)$/.test(a.name) && /javascript:|evil|pwned/.test(a.value)))
                    bad.push(e.tagName + ' ' + a.name + '=' + a.value.slice(0, 80));
        for (const e of document.scripts) if (e.textContent.trim().startsWith('window.pwned')) bad.push('a script');
        return [bad, [...document.images].map(i => i.src.slice(0, 60))];
        """
    )
    bad, images = found
    assert bad == [], where
    made = [i for i in images if not any(word in i for word in ours)]
    assert len(made) == pictures, f"{where}: {made}"
    assert all(i.startswith("data:image/svg+xml;base64,") for i in made), where


def _picture(browser: object, name: str) -> None:
    """Save a screenshot if ONRECORD_PICTURES names a folder."""
    folder = os.environ.get("ONRECORD_PICTURES")
    if folder:
        browser.save_screenshot(str(Path(folder) / f"ui-{name}.png"))  # type: ignore[attr-defined]
