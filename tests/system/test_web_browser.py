"""A page of another origin in the same browser attacks the UI, which keeps working: headless Chromium and the real
`onrecord ui`.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from assets.runs.instance import open_instance
from benchmarks.search import chromium
from tests.integration.test_web import LAUNCH, WIPE
from tests.support.processes import NEEDS_CHROMIUM, QUIET, Running, running

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.slow, NEEDS_CHROMIUM]
WITHIN = 240.0
ASSET = "quotes"
ATTACKS = """
<!doctype html><title>running</title><iframe name="hidden"></iframe><iframe id="framed"></iframe><script>
const target = new URLSearchParams(location.search).get('target'), json = 'application/json';
const launch = LAUNCH, wipe = WIPE, query = (q) => `${target}/graphql?query=${encodeURIComponent(q)}`;
const outcome = (promise) => promise.then((value) => value, () => 'refused');
const sent = (url, options) => fetch(url, {mode: 'no-cors', ...options}).then(() => 'sent');
const text = {method: 'POST', headers: {'Content-Type': 'text/plain'}, body: JSON.stringify({query: launch})};
const loaded = (tag, url) => new Promise((good, bad) => {
  const made = document.createElement(tag);
  made.onload = () => good('read'); made.onerror = bad; made.src = url; document.body.append(made);
});
const socket = () => new Promise((good, bad) => {
  const made = new WebSocket(target.replace('http', 'ws') + '/graphql', 'graphql-ws');
  made.onopen = () => good('read'); made.onerror = bad;
});
const form = () => {
  const made = document.createElement('form');
  Object.assign(made, {method: 'POST', target: 'hidden', action: query(launch)});
  document.body.append(made); made.submit();
};
addEventListener('load', async () => {
  await outcome(sent(query(launch), text));
  await outcome(sent(query(launch), {method: 'POST'}));
  await outcome(sent(`${target}/graphql`, text));
  await outcome(sent(query(wipe)));
  await outcome(sent(`${target}/report_asset_materialization/quotes?metadata={"version":"EVIL"}`, {method: 'POST'}));
  navigator.sendBeacon(query(launch), new Blob(['x'], {type: 'text/plain'}));
  form();
  const asked = (path, options) => outcome(fetch(target + path, options).then((answer) => answer.text()));
  window.reads = {
    query: await asked('/graphql', {method: 'POST', headers: {'Content-Type': json}, body: '{"query": "{version}"}'}),
    launch: await asked('/graphql', {...text, headers: {'Content-Type': json}}),
    info: await asked('/server_info'),
    page: await asked('/'),
    image: await outcome(loaded('img', `${target}/favicon.png`)),
    wipe: await outcome(loaded('img', query(wipe))),
    script: await outcome(loaded('script', `${target}/server_info`)),
    socket: await outcome(socket()),
  };
  document.getElementById('framed').onload = () => setTimeout(() => { document.title = 'done'; }, 1000);
  document.getElementById('framed').src = target + '/';
});
</script>
"""


class Page(BaseHTTPRequestHandler):
    """A server with the attacking page; it records the requests that it receives."""

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path))  # type: ignore[attr-defined]
        body = ATTACKS.replace("LAUNCH", json.dumps(LAUNCH)).replace("WIPE", json.dumps(WIPE)).encode()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def another_server() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.daemon_threads = True
    asked = server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], asked
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run the UI on a warehouse with a pending article and an asset that was materialized once."""
    place = tmp_path_factory.mktemp("origins")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", "")
        with open_instance(place / "warehouse") as instance:
            instance.report_runless_asset_event(dg.AssetMaterialization(ASSET))
    with running(place, "ui") as made:
        text = '"We open again," harbour master Ana Lume told Delta News on Friday.\n'
        (place / "raw" / "a.txt").write_text(text, encoding="utf-8")
        yield made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    # Another owner's name that resolves to this machine (DNS rebinding).
    rebinding = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    with chromium(*QUIET, rebinding, f"--user-data-dir={tmp_path_factory.mktemp('profile')}") as driver:
        driver.set_script_timeout(WITHIN)
        yield driver


def asked(ui: Running, query: str, **variables: Any) -> Any:
    """Return the UI's answer to a GraphQL query."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{ui.url}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=WITHIN) as answer:
        return json.load(answer)["data"]


def state(ui: Running) -> tuple[int, int]:
    """Return the number of runs and of materializations of the asset."""
    found = asked(
        ui,
        "query($key: AssetKeyInput!){runsOrError{... on Runs{results{runId}}} "
        "assetOrError(assetKey: $key){... on Asset{assetMaterializations(limit: 10){timestamp}}}}",
        key={"path": [ASSET]},
    )
    return len(found["runsOrError"]["results"]), len(found["assetOrError"]["assetMaterializations"])


def attack(browser: Chrome, page: str, target: str) -> dict[str, str]:
    """Open the page and let it attack the target; return what it could read."""
    browser.get(f"{page}/?target={target}")
    until = time.monotonic() + WITHIN
    while browser.title != "done":
        assert time.monotonic() < until, "the page has not come to its end"
        time.sleep(0.2)
    return dict(browser.execute_script("return window.reads"))


OTHERS = ["127.0.0.1", "localhost", "evil.example"]


@pytest.mark.parametrize("name", OTHERS)
def test_a_page_of_another_origin_launches_wipes_and_reads_nothing(ui: Running, browser: Chrome, name: str) -> None:
    assert state(ui)[1] == 1
    before = state(ui)
    with another_server() as (port, _):
        reads = attack(browser, f"http://{name}:{port}", ui.url)
        assert set(reads) == {"query", "launch", "info", "page", "image", "wipe", "script", "socket"}
        assert set(reads.values()) == {"refused"}, reads
        browser.switch_to.frame("framed")
        assert "initialization-data" not in browser.page_source, "the UI is shown in a frame"
        browser.switch_to.default_content()
    assert state(ui) == before


def test_the_page_sends_what_it_says(browser: Chrome) -> None:
    """Its requests arrive at a server that refuses none."""
    with another_server() as (port, _), another_server() as (target, arrived):
        reads = attack(browser, f"http://localhost:{port}", f"http://127.0.0.1:{target}")
        assert reads["info"] == "refused", "a browser hands out no answer without its server's leave"
        posts = [path.partition("?")[0] for method, path in arrived if method == "POST"]
        gets = [path.partition("?")[0] for method, path in arrived if method == "GET"]
    assert posts.count("/graphql") == 5
    assert posts.count("/report_asset_materialization/quotes") == 1
    assert gets.count("/graphql") >= 2
    assert {"/", "/server_info", "/favicon.png"} <= set(gets)


def test_a_name_that_leads_here_is_no_name_of_the_ui(ui: Running, browser: Chrome) -> None:
    for port in (int(ui.url.rpartition(":")[2]) + n for n in (0, 1)):
        browser.get(f"http://evil.example:{port}/")
        assert browser.find_element("tag name", "body").text == "Invalid host header"
        answer = browser.execute_async_script(
            "fetch('/graphql', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
            'body: \'{"query": "{version}"}\'}).then((a) => a.text().then(arguments[0]))'
        )
        assert answer == "Invalid host header"


def test_the_ui_works_from_its_own_origin(ui: Running, browser: Chrome) -> None:
    browser.get(f"{ui.url}/assets/{ASSET}")
    until = time.monotonic() + WITHIN
    while "One row is one quotation" not in browser.find_element("tag name", "body").text:
        assert time.monotonic() < until, "the page of the asset"
        time.sleep(0.5)
    opened = browser.execute_async_script(
        "const s = new WebSocket(`ws://${location.host}/graphql`, 'graphql-ws');"
        "s.onopen = () => arguments[0]('open'); s.onerror = () => arguments[0]('refused');"
    )
    assert opened == "open"
    before, _ = state(ui)
    taken_in = [{"path": [name]} for name in ("raws", "refusals", "corrections")]
    repository = {"repositoryName": "__repository__", "repositoryLocationName": "onrecord"}
    selector = {**repository, "jobName": "build", "assetSelection": taken_in, "assetCheckSelection": []}
    answer = browser.execute_async_script(
        "const [query, p, done] = arguments, body = JSON.stringify({query, variables: {p}});"
        "const headers = {'Content-Type': 'application/json'};"
        "fetch('/graphql', {method: 'POST', headers, body}).then((a) => a.json()).then(done)",
        "mutation($p: ExecutionParams!){launchRun(executionParams: $p){__typename "
        "... on LaunchRunSuccess{run{runId}} ... on InvalidSubsetError{message}}}",
        {"selector": selector, "runConfigData": {}},
    )
    launched = answer["data"]["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    status = ""
    while status not in ("SUCCESS", "FAILURE", "CANCELED"):
        assert time.monotonic() < until + WITHIN, status
        time.sleep(0.5)
        query = "query($id: ID!){runOrError(runId: $id){... on Run{status}}}"
        status = asked(ui, query, id=launched["run"]["runId"])["runOrError"]["status"]
    assert status == "SUCCESS"
    assert state(ui)[0] == before + 1
