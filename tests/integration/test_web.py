"""The guard in front of the UI: which requests reach Dagster, and which are refused; over real connections."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from assets.settings import SettingError, Settings, with_values
from assets.web.guard import guarded, refusal
from assets.web.hosts import allowed_host_names
from assets.web.pages import POLICY, pages

HOST = "127.0.0.1:3000"
OWN = f"http://{HOST}"
HOSTS = allowed_host_names("127.0.0.1", "news.example,*.desk.example")
ASSET = "quotes"
WIPE = f'mutation{{wipeAssets(assetPartitionRanges:[{{assetKey:{{path:["{ASSET}"]}}}}]){{__typename}}}}'
LAUNCH = (
    'mutation{launchRun(executionParams:{selector:{repositoryName:"__repository__",'
    'repositoryLocationName:"onrecord",jobName:"build"}}){__typename}}'
)
SHUTDOWN = 'mutation{shutdownRepositoryLocation(repositoryLocationName:"onrecord"){__typename}}'
READ = "{assetNodes{id}}"
JSON = {"Content-Type": "application/json"}
SOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "graphql-ws",
}
EVIL = "http://evil.example"


@dataclass(frozen=True)
class Asked:
    """A request as it is sent; a header may occur twice."""

    target: str
    headers: dict[str, str | list[str]] = field(default_factory=dict)
    method: str = "GET"
    body: str | None = None
    host: str | None = HOST


def posted(query: str, headers: dict[str, str | list[str]] | None = None, target: str = "/graphql") -> Asked:
    return Asked(target, {**JSON, **(headers or {})}, "POST", json.dumps({"query": query}))


def in_address(query: str) -> str:
    return f"/graphql?query={quote(query)}"


def fetched(site: str, mode: str = "no-cors", dest: str = "empty") -> dict[str, str | list[str]]:
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}


FOLLOWED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
PLAIN = {"Content-Type": "text/plain"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REPORTS = {
    "materialization": f"/report_asset_materialization/{ASSET}?metadata=%7B%22version%22:%22EVIL%22%7D",
    "check": f"/report_asset_check/{ASSET}?check_name=any&passed=true",
    "observation": f"/report_asset_observation/{ASSET}",
}
# Dagster executes what the guard allows: the attack report's requests, and variations of each.
REFUSED: dict[str, Asked] = {
    # GraphQL without a preflight.
    "launch by POST with a query in the address": Asked(in_address(LAUNCH), {"Origin": EVIL}, "POST"),
    "launch as text": Asked(in_address(LAUNCH), {"Origin": EVIL, **PLAIN}, "POST", "x"),
    "launch as text without an origin": Asked(in_address(LAUNCH), {**PLAIN}, "POST", "x"),
    "wipe by a form": Asked(in_address(WIPE), {"Origin": EVIL, **FORM}, "POST", "a=b"),
    "wipe by a form without an origin": Asked(in_address(WIPE), {**FORM}, "POST", "a=b"),
    "wipe by an upload": Asked(in_address(WIPE), {"Content-Type": "multipart/form-data; boundary=b"}, "POST", "--b--"),
    "wipe without a type": Asked(in_address(WIPE), {}, "POST"),
    "wipe by an image": Asked(in_address(WIPE), {"Accept": "image/*", **fetched("cross-site", dest="image")}),
    "wipe by an image of an old browser": Asked(in_address(WIPE), {"Accept": "image/*"}),
    "wipe by a link": Asked(in_address(WIPE), {"Accept": "*/*", **fetched("cross-site", "navigate", "document")}),
    "wipe by GET of the own page": Asked(in_address(WIPE), {"Accept": "*/*", "Sec-Fetch-Site": "same-origin"}),
    "wipe by GET, nothing said": Asked(in_address(WIPE)),
    "shut down by GET": Asked(in_address(SHUTDOWN), {"Accept": "image/*"}),
    "read by GET": Asked(in_address(READ)),
    "subscribe by GET": Asked(in_address("subscription{capturedLogs(logKey:[]){stdout}}")),
    "JSON that is text": posted(WIPE, {"Content-Type": "text/plain; application/json", "Origin": EVIL}),
    "JSON that is text, no origin": posted(WIPE, {"Content-Type": "text/plain;charset=application/json"}),
    "JSON in capitals, query in the address": Asked(
        in_address(WIPE), {"Content-Type": "APPLICATION/JSON"}, "POST", "{}"
    ),
    "two types": posted(WIPE, {"Content-Type": ["text/plain", "application/json"]}),
    "application/graphql": Asked("/graphql", {"Content-Type": "application/graphql"}, "POST", WIPE),
    "wipe by PUT": Asked(in_address(WIPE), {**JSON}, "PUT", "{}"),
    "a preflight": Asked("/graphql", {"Origin": EVIL, "Access-Control-Request-Method": "POST"}, "OPTIONS"),
    # JSON of other origins.
    "JSON of another site": posted(WIPE, {"Origin": EVIL}),
    "JSON of another port": posted(WIPE, {"Origin": "http://127.0.0.1:3001"}),
    "JSON of another name of this machine": posted(WIPE, {"Origin": "http://localhost:3000"}),
    "JSON of the other scheme": posted(WIPE, {"Origin": f"https://{HOST}"}),
    "JSON of a page without an origin": posted(WIPE, {"Origin": "null"}),
    "JSON of an empty origin": posted(WIPE, {"Origin": ""}),
    "JSON of an extension": posted(WIPE, {"Origin": "chrome-extension://aaaabbbb"}),
    "JSON of an origin that begins like ours": posted(WIPE, {"Origin": f"{OWN}.evil.example"}),
    "JSON of an origin with a user": posted(WIPE, {"Origin": f"http://{HOST}@evil.example"}),
    "JSON of an origin with a path": posted(WIPE, {"Origin": f"{OWN}/graphql"}),
    "JSON of two origins": posted(WIPE, {"Origin": [OWN, EVIL]}),
    "JSON of two origins in one": posted(WIPE, {"Origin": f"{OWN} {EVIL}"}),
    "JSON cross-site": posted(WIPE, {**fetched("cross-site", "cors")}),
    "JSON same-site": posted(WIPE, {"Origin": OWN, **fetched("same-site", "cors")}),
    "JSON of a site of two kinds": posted(WIPE, {"Sec-Fetch-Site": ["same-origin", "cross-site"]}),
    "JSON of a site nobody knows": posted(WIPE, {"Sec-Fetch-Site": "near"}),
    "JSON that navigates": posted(WIPE, {"Sec-Fetch-Site": "cross-site", **FOLLOWED}),
    # Report endpoints, under every spelling that a router might accept.
    **{f"report a {name}": Asked(target, {}, "POST") for name, target in REPORTS.items()},
    **{f"report a {name} of the own page": Asked(to, {"Origin": OWN}, "POST") for name, to in REPORTS.items()},
    "report as JSON": Asked("/report_asset_materialization/quotes", {**JSON}, "POST", "{}"),
    "report in capitals": Asked("/REPORT_ASSET_MATERIALIZATION/quotes", {}, "POST"),
    "report after two slashes": Asked("//report_asset_materialization/quotes", {}, "POST"),
    "report with an encoded letter": Asked("/%72eport_asset_materialization/quotes", {}, "POST"),
    "report with an encoded slash": Asked("/report_asset_materialization%2Fquotes", {}, "POST"),
    "report with dots": Asked("/x/../report_asset_materialization/quotes", {}, "POST"),
    "report with encoded dots": Asked("/graphql/%2e%2e/report_asset_materialization/quotes", {}, "POST"),
    "report with a slash behind": Asked("/report_asset_materialization/quotes/", {}, "POST"),
    "report with a newline behind": Asked("/report_asset_materialization/quotes%0A", {}, "POST"),
    # The endpoint under other spellings.
    "wipe with a slash behind": Asked(f"/graphql/?query={quote(WIPE)}", {}, "POST"),
    "wipe with a newline behind": Asked(f"/graphql%0A?query={quote(WIPE)}", {"Accept": "image/*"}),
    "wipe with a newline behind, posted": posted(WIPE, target="/graphql%0A"),
    "wipe in an encoded path": Asked(f"/%67raphql?query={quote(WIPE)}", {"Accept": "image/*"}),
    "wipe at a whole address": Asked(f"{OWN}/graphql?query={quote(WIPE)}", {"Accept": "image/*"}),
    # Other names: an attacker's name that resolves to this machine (DNS rebinding) is a separate origin.
    "another host": Asked("/", host="evil.example:3000"),
    "another host reads": Asked(
        "/graphql", {**JSON, "Origin": f"{EVIL}:3000"}, "POST", json.dumps({"query": READ}), "evil.example:3000"
    ),
    "a host that begins like ours": Asked("/", host="127.0.0.1.evil.example:3000"),
    "a host that ends like ours": Asked("/", host="evillocalhost"),
    "a host with a user": Asked("/", host="localhost@evil.example"),
    "every address": Asked("/", host="0.0.0.0:3000"),
    "no host": Asked("/", host=None),
    "two hosts": Asked("/", {"Host": "evil.example"}),
    "another host behind a proxy's header": Asked("/", {"X-Forwarded-Host": HOST}, host="evil.example:3000"),
    # Reads by pages of other origins.
    "a script of another site": Asked("/server_info", fetched("cross-site", dest="script")),
    "a fetch of the next port": Asked(
        "/server_info", {"Origin": "http://127.0.0.1:3001", **fetched("same-site", "cors")}
    ),
    "a fetch without Fetch Metadata": Asked("/server_info", {"Origin": EVIL}),
    "a fetch of a page without an origin": Asked("/logs/a/b.out", {"Origin": "null"}),
    "a frame": Asked("/", fetched("cross-site", "navigate", "iframe")),
    "an object": Asked("/", fetched("same-site", "navigate", "object")),
    "a navigation by POST": Asked("/", {**FOLLOWED, "Sec-Fetch-Site": "cross-site"}, "POST"),
    "logs above their folder": Asked("/logs/..%2f..%2fhistory/runs.db"),
    "a NUL": Asked("/logs/a%00b.out"),
    # Web sockets.
    "a socket of another site": Asked("/graphql", {**SOCKET, "Origin": EVIL}),
    "a socket of the next port": Asked("/graphql", {**SOCKET, "Origin": "http://127.0.0.1:3001"}),
    "a socket of a page without an origin": Asked("/graphql", {**SOCKET, "Origin": "null"}),
    "a socket without an origin": Asked("/graphql", {**SOCKET}),
    "a socket of another host": Asked("/graphql", {**SOCKET, "Origin": f"{EVIL}:3000"}, host="evil.example:3000"),
    "a socket elsewhere": Asked("/elsewhere", {**SOCKET, "Origin": OWN}),
}
ALLOWED: dict[str, Asked] = {
    "the first page, typed": Asked("/", {**FOLLOWED, "Sec-Fetch-Site": "none"}),
    "the first page, from a link elsewhere": Asked("/", {**FOLLOWED, "Sec-Fetch-Site": "cross-site"}),
    "a page, from a link on the pages beside it": Asked("/assets/quotes", {**FOLLOWED, "Sec-Fetch-Site": "same-site"}),
    "a part of the page": Asked("/favicon.png", fetched("same-origin", dest="image")),
    "its manifest": Asked("/manifest.json", {"Origin": OWN, **fetched("same-origin", "cors", "manifest")}),
    "a read by a program": Asked("/server_info"),
    "a HEAD by a program": Asked("/server_info", method="HEAD"),
    "the editor of queries": Asked("/graphql", {"Accept": "text/html", "Sec-Fetch-Site": "none", **FOLLOWED}),
    "a query of the UI": posted("{version}", {"Origin": OWN, **fetched("same-origin", "cors")}),
    "a query of a program": posted("{version}"),
    "JSON with a charset": posted("{version}", {"Content-Type": "application/json; charset=utf-8"}),
    "a query by another name of this machine": Asked(
        "/graphql", {**JSON, "Origin": "http://localhost:3000"}, "POST", '{"query":"{version}"}', "localhost:3000"
    ),
    "a query by IPv6": Asked(
        "/graphql", {**JSON, "Origin": "http://[::1]:3000"}, "POST", '{"query":"{version}"}', "[::1]:3000"
    ),
    "a host in capitals": Asked("/server_info", host="LOCALHOST:3000"),
    "a name of the setting": Asked("/server_info", host="news.example"),
    "a name below one of the setting": Asked("/server_info", host="a.desk.example"),
    "a query behind a proxy with TLS": Asked(
        "/graphql",
        {**JSON, "Origin": "https://news.example", "X-Forwarded-Proto": "https"},
        "POST",
        '{"query":"{version}"}',
        "news.example",
    ),
    "a query behind a proxy that hands on its own name": Asked(
        "/graphql",
        {**JSON, "Origin": "https://news.example", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "news.example"},
        "POST",
        '{"query":"{version}"}',
    ),
    "the socket of the UI": Asked("/graphql", {**SOCKET, "Origin": OWN}),
    "the socket of the UI behind a proxy with TLS": Asked(
        "/graphql", {**SOCKET, "Origin": "https://news.example", "X-Forwarded-Proto": "https"}, host="news.example"
    ),
}


@contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """Run the application under uvicorn, with the settings of assets.web.server that matter here: its port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", proxy_headers=False, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < until and thread.is_alive()
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str


def ask(port: int, asked: Asked) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
    if asked.host is not None:
        connection.putheader("Host", asked.host)
    for name, value in asked.headers.items():
        for one in value if isinstance(value, list) else [value]:
            connection.putheader(name, one)
    body = (asked.body or "").encode()
    if asked.method not in ("GET", "HEAD"):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    answer = connection.getresponse()
    text = "" if answer.status == 101 else answer.read().decode(errors="replace")
    connection.close()
    return Answer(answer.status, answer.headers, text)


class Behind:
    """A stand-in for Dagster that reports what reached it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.append(scope["path"])
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"reached"})


@pytest.fixture(scope="module")
def behind() -> Behind:
    return Behind()


@pytest.fixture(scope="module")
def stub(behind: Behind) -> Iterator[int]:
    with served(guarded(behind, HOSTS, "127.0.0.1", graphql=True)) as port:
        yield port


@pytest.mark.parametrize("name", REFUSED)
def test_what_another_page_could_send_does_not_reach_dagster(stub: int, behind: Behind, name: str) -> None:
    behind.reached.clear()
    answer = ask(stub, REFUSED[name])
    assert behind.reached == []
    assert answer.status in (400, 403, 404)
    assert len(answer.text.splitlines()) == 1
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("name", ALLOWED)
def test_the_ui_and_programs_are_let_through(stub: int, behind: Behind, name: str) -> None:
    behind.reached.clear()
    answer = ask(stub, ALLOWED[name])
    assert len(behind.reached) == 1, answer.text
    assert answer.status in (101, 200)


@pytest.mark.parametrize("name", ["another host", "another host reads", "every address", "no host", "two hosts"])
def test_a_strange_host_is_a_bad_request(stub: int, name: str) -> None:
    assert ask(stub, REFUSED[name]).status == 400


@pytest.mark.parametrize("asked", [ALLOWED["a read by a program"], REFUSED["a frame"], REFUSED["another host"]])
def test_every_answer_forbids_frames_and_embedding(stub: int, asked: Asked) -> None:
    headers = ask(stub, asked).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "name", ["a query behind a proxy with TLS", "a query behind a proxy that hands on its own name"]
)
def test_headers_of_a_proxy_nobody_trusts_count_for_nothing(behind: Behind, name: str) -> None:
    behind.reached.clear()
    with served(guarded(behind, HOSTS, "10.1.2.3", graphql=True)) as port:
        assert ask(port, ALLOWED[name]).status == 403
    assert behind.reached == []


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)
header = st.tuples(
    st.sampled_from(
        ["origin", "sec-fetch-site", "sec-fetch-mode", "content-type", "accept", "upgrade", "x-forwarded-host"]
    ),
    words
    | st.sampled_from([OWN, EVIL, "null", "same-origin", "cross-site", "navigate", "application/json", "text/html"]),
)


def connection(method: str, path: str, headers: Sequence[tuple[str, str]]) -> HTTPConnection:
    given = [(b"host", HOST.encode()), *((name.encode(), value.encode()) for name, value in headers)]
    return HTTPConnection({"type": "http", "method": method, "path": path, "scheme": "http", "headers": given})


@given(
    st.lists(header, max_size=5),
    st.text(max_size=30).map("/".__add__),
    st.sampled_from(["POST", "PUT", "DELETE", "PATCH"]),
)
def test_only_the_endpoint_is_written_to(headers: list[tuple[str, str]], path: str, method: str) -> None:
    if (method, path) != ("POST", "/graphql"):
        assert refusal(connection(method, path, headers), graphql=True)
    assert refusal(connection(method, path, headers), graphql=False)


@given(
    st.lists(header, max_size=5), st.sampled_from(["/", "/graphql", "/server_info"]), st.sampled_from(["GET", "POST"])
)
def test_whatever_else_it_says_a_page_of_another_origin_is_refused(
    headers: list[tuple[str, str]], path: str, method: str
) -> None:
    for foreign in (("origin", EVIL), ("origin", "null")):
        assert refusal(connection(method, path, [*headers, foreign]), graphql=True)


MATERIALIZED = dg.AssetMaterialization(ASSET)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("instance"))) as made:
        yield made


@pytest.fixture(scope="module")
def dagsters(instance: dg.DagsterInstance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Run Dagster's own webserver: the ports of the bare application, and of the one behind the guard."""
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster_webserver.app import create_app_from_workspace_process_context

    from assets.web.app import ui

    workspace = tmp_path_factory.mktemp("workspace") / "workspace.yaml"
    workspace.write_text("load_from: []\n", encoding="utf-8")
    with ExitStack() as stack:
        context = stack.enter_context(WorkspaceProcessContext(instance, None))
        bare = stack.enter_context(served(create_app_from_workspace_process_context(context)))
        app = stack.enter_context(ui(instance, workspace, HOSTS, "127.0.0.1"))
        yield bare, stack.enter_context(served(app))


def events(instance: dg.DagsterInstance) -> int:
    """Return how many materializations and observations of the asset the instance has."""
    key = dg.AssetKey(ASSET)
    seen = instance.fetch_materializations(key, limit=10).records, instance.fetch_observations(key, limit=10).records
    return sum(map(len, seen))


@pytest.fixture
def one(instance: dg.DagsterInstance) -> None:
    """Give the asset one event."""
    if events(instance) != 1:
        instance.wipe_assets([dg.AssetKey(ASSET)])
        instance.report_runless_asset_event(MATERIALIZED)
    assert events(instance) == 1


# The requests of the table that change something in Dagster's own application.
WORKING = (
    "wipe by an image",
    "wipe by a form",
    "wipe without a type",
    "wipe with a newline behind",
    "wipe in an encoded path",
    "JSON of another site",
    "JSON that is text",
    "JSON in capitals, query in the address",
    "application/graphql",
    "report a materialization",
    "report a observation",
    "report with an encoded letter",
    "report with an encoded slash",
)


@pytest.mark.parametrize("name", WORKING)
def test_dagster_alone_does_what_any_page_asks(
    dagsters: tuple[int, int], instance: dg.DagsterInstance, one: None, name: str
) -> None:
    """Without the guard, the table's requests do have an effect."""
    assert ask(dagsters[0], REFUSED[name]).status == 200
    assert events(instance) != 1


@pytest.mark.parametrize("name", REFUSED)
def test_dagster_behind_the_guard_does_not(
    dagsters: tuple[int, int], instance: dg.DagsterInstance, one: None, name: str
) -> None:
    assert ask(dagsters[1], REFUSED[name]).status in (400, 403, 404)
    assert events(instance) == 1


@pytest.mark.parametrize("name", ALLOWED)
def test_dagster_behind_the_guard_answers_its_own(dagsters: tuple[int, int], name: str) -> None:
    asked = ALLOWED[name]
    answer = ask(dagsters[1], asked)
    assert answer.status in (101, 200)
    if asked.method == "POST":
        assert json.loads(answer.text)["data"]["version"]


def test_a_program_and_the_ui_change_things(dagsters: tuple[int, int], instance: dg.DagsterInstance, one: None) -> None:
    for headers in ({}, {"Origin": OWN, **fetched("same-origin", "cors")}):
        instance.report_runless_asset_event(MATERIALIZED)
        assert ask(dagsters[1], posted(WIPE, headers)).status == 200
        assert events(instance) == 0


def test_the_policy_of_dagsters_page_is_kept(dagsters: tuple[int, int]) -> None:
    policies = ask(dagsters[1], Asked("/")).headers.get_all("Content-Security-Policy")
    assert policies is not None
    assert any("nonce-" in policy for policy in policies)
    assert any("frame-ancestors 'none'" in policy for policy in policies)


@pytest.mark.parametrize(
    ("listening", "named", "expected"),
    [
        ("127.0.0.1", "", ["localhost", "127.0.0.1", "[::1]"]),
        ("192.0.2.7", "", ["localhost", "127.0.0.1", "[::1]", "192.0.2.7"]),
        ("fd00::7", "", ["localhost", "127.0.0.1", "[::1]", "[fd00::7]"]),
        ("Desk.Example", "a.example", ["localhost", "127.0.0.1", "[::1]", "desk.example", "a.example"]),
        ("0.0.0.0", "", ["localhost", "127.0.0.1", "[::1]"]),
        ("::", "", ["localhost", "127.0.0.1", "[::1]"]),
    ],
)
def test_the_hosts_that_are_answered(listening: str, named: str, expected: list[str]) -> None:
    assert allowed_host_names(listening, named) == expected


def test_hosts_are_set_as_names() -> None:
    settings = with_values(Settings(), {"allowed_hosts": " News.example, *.desk.example,[::1] ,192.0.2.7"})
    assert settings.allowed_hosts == "*.desk.example,192.0.2.7,[::1],news.example"


@pytest.mark.parametrize(
    "value", ["*", "news.example:443", "https://news.example", "a b", "*.*", "ne*s.example", "::1", "/"]
)
def test_what_is_no_host_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match="--allowed-hosts"):
        with_values(Settings(), {"allowed_hosts": value})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = tmp_path_factory.mktemp("pages")
    release = warehouse / "releases" / "2026.11.28"
    (release / "search").mkdir(parents=True)
    (release.parent / "latest").symlink_to(release.name)
    (release / "index.html").write_text("the page", encoding="utf-8")
    (release / "quotes.parquet").write_bytes(b"PAR1")
    (release / "search" / "quotes-0.json.gz").write_bytes(b"\x1f\x8b")
    (release / "outside").symlink_to(warehouse / "onrecord.duckdb")
    (warehouse / "onrecord.duckdb").write_text("not served", encoding="utf-8")
    return warehouse


@pytest.fixture(scope="module")
def beside(place: Path) -> Iterator[int]:
    with served(pages(place, HOSTS, "127.0.0.1")) as port:
        yield port


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("/releases/latest/index.html", "text/html; charset=utf-8"),
        ("/releases/2026.11.28/quotes.parquet", "application/octet-stream"),
        ("/releases/latest/search/quotes-0.json.gz", "application/octet-stream"),
    ],
)
def test_pages_are_served(beside: int, target: str, kind: str) -> None:
    answer = ask(beside, Asked(target, {**FOLLOWED, "Sec-Fetch-Site": "same-site"}))
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers.get_all("Content-Security-Policy") == [POLICY]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/",
            "/onrecord.duckdb",
            "/dagster/dagster.yaml",
            "/releases",
            "/releases/",
            "/releases/latest",
            "/data_docs/a",
        ),
        *("/releases/../onrecord.duckdb", "/releases/%2e%2e/onrecord.duckdb", "/releases/..%2fonrecord.duckdb"),
        *("/releases/..%5conrecord.duckdb", "//releases/latest/index.html", "/RELEASES/latest/index.html"),
        *(
            "/releases/latest/index.html%00",
            "/releases/%00",
            "/%00",
            "/releases/latest/%ff%fe",
            "/releases/latest/outside",
        ),
        *("/releases/latest/index.html%0A", "/releases/" + "a" * 300, "/graphql"),
    ],
)
def test_nothing_else_is_served(beside: int, target: str) -> None:
    answer = ask(beside, Asked(target))
    assert answer.status in (404, 307)
    assert "not served" not in answer.text


@pytest.mark.parametrize("name", ["another host", "a script of another site", "a fetch of the next port", "a frame"])
def test_pages_are_not_read_from_elsewhere(beside: int, name: str) -> None:
    asked = REFUSED[name]
    answer = ask(beside, Asked("/releases/latest/index.html", asked.headers, asked.method, host=asked.host))
    assert answer.status in (400, 403)
    assert "the page" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_pages_are_only_read(beside: int, method: str) -> None:
    assert ask(beside, Asked("/releases/latest/index.html", {}, method)).status == 403
