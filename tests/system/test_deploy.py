"""Deployment: the systemd units, the login in front of the UI, Dagster's runs in PostgreSQL."""

import configparser
import http.client
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from assets.cli import app
from assets.cli.serve import daemon_command
from assets.runs.instance import IN_POSTGRES, IN_SQLITE, TEMPLATE, child_environment, home
from assets.settings import POSTGRES, ROOT, SettingError, Settings, variable
from assets.web.pages import POLICY
from warehouse import files

DEPLOY = ROOT / "deploy"
NGINX, OPENSSL = shutil.which("nginx"), shutil.which("openssl")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("name", ["daemon", "web"])
def test_a_unit_runs_a_command_that_exists(name: str) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / f"onrecord-{name}.service", encoding="utf-8")
    service = unit["Service"]
    programme, *arguments = service["ExecStart"].split()
    assert programme == "/opt/onrecord/.venv/bin/onrecord"
    assert arguments[:2] == ["serve", name]
    assert CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0
    assert service["User"] != "root" and service["NoNewPrivileges"] == "yes"
    assert Path(daemon_command()[0]).is_file()


def test_the_ui_of_a_server_listens_on_loopback() -> None:
    assert "--host 127.0.0.1" in (DEPLOY / "onrecord-web.service").read_text(encoding="utf-8")
    assert [p.default for p in app.commands["serve"].params if p.name == "host"] == ["127.0.0.1"]
    assert [p.default for p in app.commands["ui"].params if p.name == "host"] == ["127.0.0.1"]


def test_pages_behind_nginx_may_do_what_they_may_beside_the_ui() -> None:
    assert f'Content-Security-Policy "{POLICY}" always;' in (DEPLOY / "nginx.conf").read_text(encoding="utf-8")


def test_the_settings_of_the_server_are_settings() -> None:
    lines = (DEPLOY / "onrecord.env").read_text(encoding="utf-8").splitlines()
    named = {line.split("=")[0] for line in lines if line and not line.startswith("#")}
    assert named <= {variable(name) for name in Settings.__dataclass_fields__}


@pytest.mark.skipif(not importlib.util.find_spec("dagster_postgres"), reason="the extra postgres is not installed")
def test_the_driver_is_named_for_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(raw=tmp_path, warehouse=tmp_path)
    for given in ("postgres://", "postgresql://", "postgresql+psycopg2://"):
        monkeypatch.setenv(POSTGRES, f"{given}ana:s3cret@127.0.0.1/onrecord")
        assert child_environment(settings)[POSTGRES] == "postgresql+psycopg2://ana:s3cret@127.0.0.1/onrecord"
    for wrong in (
        "mysql://ana:s3cret@127.0.0.1/onrecord",
        "ana:s3cret@127.0.0.1/onrecord",
        "postgresql://ana:s3@cret@127.0.0.1/onrecord",
        "postgresql://ana:s3/cret@127.0.0.1/onrecord",
        "postgresql://ana:s3#cret@127.0.0.1/onrecord",
        "postgresql://ana:s3?cret@127.0.0.1/onrecord",
        "postgresql://ana:s3cret@127.0.0.1:s3cret/onrecord",
        "postgresql://ana:s3cret@[::1/onrecord",
        "postgresql://ana:s3cret@127.0.0.1/",
    ):
        monkeypatch.setenv(POSTGRES, wrong)
        with pytest.raises(SettingError) as caught:
            child_environment(settings)
        assert "s3" not in str(caught.value) and "cret" not in str(caught.value)
    monkeypatch.setenv(POSTGRES, "mysql://ana:s3cret@127.0.0.1/onrecord")
    out = CliRunner().invoke(app, ["serve", "daemon", "--warehouse", str(tmp_path)])
    assert out.exit_code == 1 and "no address of the form" in out.output and "s3cret" not in out.output


@pytest.mark.skipif(not importlib.util.find_spec("dagster_postgres"), reason="the extra postgres is not installed")
@pytest.mark.parametrize("command", [("serve", "daemon"), ("ui",), ("automation", "start", "daily_build")])
@pytest.mark.slow
def test_a_database_that_does_not_answer_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Sequence[str]
) -> None:
    monkeypatch.setenv(POSTGRES, f"postgresql://ana:s3cret@127.0.0.1:{free_port()}/onrecord")
    out = CliRunner().invoke(app, [*command, "--warehouse", str(tmp_path)])
    assert (out.exit_code, type(out.exception)) == (1, SystemExit)
    (line,) = [line for line in out.output.splitlines() if line.startswith("Error: ")]
    assert "Connection refused" in line
    assert "s3cret" not in out.output


def test_the_address_of_the_database_stays_in_the_environment(tmp_path: Path) -> None:
    secret = {POSTGRES: "postgresql://onrecord:s3cret@127.0.0.1/onrecord"}
    copy = home(tmp_path, {}) / "dagster.yaml"
    assert copy.read_bytes() == TEMPLATE.read_bytes() + IN_SQLITE
    home(tmp_path, secret)
    assert copy.read_bytes() == TEMPLATE.read_bytes() + IN_POSTGRES
    assert b"s3cret" not in copy.read_bytes()
    home(tmp_path, {})
    assert copy.read_bytes() == TEMPLATE.read_bytes() + IN_SQLITE
    # The documentation shows the same lines.
    shown = "\n".join(f"    {line}" for line in IN_POSTGRES.decode().splitlines())
    assert shown in (ROOT / "docs" / "running.md").read_text(encoding="utf-8")


class Ui(BaseHTTPRequestHandler):
    """A stub of Dagster's webserver that returns path and headers."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        asked = [self.path, self.headers.get("Upgrade", ""), self.headers.get("Connection", "")]
        self.wfile.write("|".join([*asked, self.headers.get("Authorization", "none")]).encode())

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def behind_nginx(tmp_path: Path) -> Iterator[str]:
    """Run nginx with the recipe's file before a stub of the UI, on a plain port instead of TLS; yield the address."""
    # nginx's workers drop root's rights and cannot read pytest's folder. The warehouse has the modes that a build gives
    # it, except the data docs, whose group is empty here.
    folder = Path(tempfile.mkdtemp(prefix="onrecord-nginx-"))
    folder.chmod(0o755)
    warehouse = folder / "warehouse"
    (warehouse / "data_docs").mkdir(parents=True)
    (warehouse / "data_docs" / "index.html").write_text("the docs", encoding="utf-8")
    (warehouse / "onrecord.duckdb").write_text("nobody's business", encoding="utf-8")
    (warehouse / "releases" / "2026.11.22").mkdir(parents=True)
    (warehouse / "releases" / "2026.11.22" / "index.html").write_text("the release", encoding="utf-8")
    files.restrict_permissions(warehouse)
    (warehouse / "data_docs").chmod(0o755)
    (warehouse / "data_docs" / "index.html").chmod(0o644)
    hashed = subprocess.run(["openssl", "passwd", "-6", "open sesame"], capture_output=True, text=True, check=True)
    (folder / "htpasswd").write_text(f"ana:{hashed.stdout.strip()}\n", encoding="utf-8")
    (folder / "htpasswd").chmod(0o644)
    ui = ThreadingHTTPServer(("127.0.0.1", 0), Ui)
    Thread(target=ui.serve_forever, daemon=True).start()
    port = free_port()
    recipe = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for there, here in (
        ("listen 443 ssl default_server;\n    ssl_reject_handshake on;", f"listen 127.0.0.1:{port} default_server;"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("    ssl_certificate     /etc/ssl/certs/news.example.pem;\n", ""),
        ("    ssl_certificate_key /etc/ssl/private/news.example.key;\n", ""),
        ("auth_basic_user_file /etc/nginx/onrecord.htpasswd;", f"auth_basic_user_file {folder}/htpasswd;"),
        ("root /srv/onrecord/warehouse;", f"root {warehouse};"),
        ("server 127.0.0.1:3000;", f"server 127.0.0.1:{ui.server_address[1]};"),
    ):
        assert recipe.count(there) == 1, there
        recipe = recipe.replace(there, here)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy"))
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/errors;\nevents {{}}\n"
        f"http {{ access_log off; {temporary} {recipe} }}\n",
        encoding="utf-8",
    )
    asked = [str(NGINX), "-e", f"{folder}/errors", "-p", str(folder), "-c", str(configuration)]
    assert subprocess.run([*asked, "-t"], capture_output=True).returncode == 0
    process = subprocess.Popen(asked)
    try:
        _wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        ui.shutdown()
        ui.server_close()
        shutil.rmtree(folder)


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"nothing listens on {port}")


KNOWN = "ana:open sesame"


def _get(
    url: str, login: str | None = None, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> tuple[int, str]:
    sent = {"Host": "news.example", **(headers or {})}
    if login:
        sent["Authorization"] = "Basic " + b64encode(login.encode()).decode()
    request = urllib.request.Request(url, b"{}" if method == "POST" else None, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.skipif(not (NGINX and OPENSSL), reason="no nginx or openssl on this machine")
def test_nobody_passes_without_a_login(behind_nginx: str) -> None:
    for path in ("/", "/graphql", "/pages/data_docs/index.html"):
        assert _get(f"{behind_nginx}{path}")[0] == 401
        assert _get(f"{behind_nginx}{path}", "ana:guess")[0] == 401
        assert _get(f"{behind_nginx}{path}", "eve:open sesame")[0] == 401
    known = KNOWN
    assert _get(f"{behind_nginx}/assets", known) == (200, "/assets||close|none")
    upgraded = _get(f"{behind_nginx}/graphql", known, UPGRADE)
    assert upgraded == (200, "/graphql|websocket|upgrade|none")
    assert _get(f"{behind_nginx}/pages/data_docs/index.html", known) == (200, "the docs")
    assert _get(f"{behind_nginx}/pages/releases/2026.11.22/index.html", known) == (200, "the release")
    # The rest of the warehouse folder is not served: requests for it go to the UI.
    for path in (
        "/pages/onrecord.duckdb",
        "/pages/data_docs/../onrecord.duckdb",
        "/pages/data_docs/%2e%2e/onrecord.duckdb",
    ):
        assert "business" not in _get(f"{behind_nginx}{path}", known)[1]


UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": "https://news.example"}
EVIL = {"Origin": "https://evil.example"}
TYPED = {"Content-Type": "application/json"}
OWN = {"Origin": "https://news.example", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
# Method, path, headers, and whether the request of a logged-in user is let through.
ASKED = {
    "a page": ("GET", "/assets", {}, True),
    "a page from a link elsewhere": ("GET", "/assets", {**LINK, "Sec-Fetch-Site": "cross-site"}, True),
    "a query of the UI": ("POST", "/graphql", {**OWN, **TYPED}, True),
    "a query of a program": ("POST", "/graphql", {"Content-Type": "application/json;charset=utf-8"}, True),
    "a query of another site": ("POST", "/graphql", {**TYPED, **EVIL}, False),
    "a query of a page without an origin": ("POST", "/graphql", {**TYPED, "Origin": "null"}, False),
    "a query by plain HTTP": ("POST", "/graphql", {**TYPED, "Origin": "http://news.example"}, False),
    "a query of a longer name": ("POST", "/graphql", {**TYPED, "Origin": "https://news.example.evil.example"}, False),
    "a query of a site below": ("POST", "/graphql", {**TYPED, "Sec-Fetch-Site": "same-site"}, False),
    "a query as text": ("POST", "/graphql?query=x", {"Content-Type": "text/plain; application/json"}, False),
    "a query as a form": ("POST", "/graphql?query=x", {"Content-Type": "application/x-www-form-urlencoded"}, False),
    "a query by an image": ("GET", "/graphql?query=x", {"Sec-Fetch-Site": "cross-site"}, False),
    "a PUT": ("PUT", "/graphql", TYPED, False),
    "a report": ("POST", "/report_asset_materialization/quotes", TYPED, False),
    "a report in capitals": ("POST", "/REPORT_asset_check/quotes", TYPED, False),
    "a report, encoded": ("POST", "/%72eport_asset_materialization/quotes", TYPED, False),
    "a report after two slashes": ("POST", "//report_asset_materialization/quotes", TYPED, False),
    "a report after dots": ("POST", "/graphql/../report_asset_observation/quotes", TYPED, False),
    "a frame": (
        "GET",
        "/",
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        False,
    ),
    "a socket of the UI": ("GET", "/graphql", UPGRADE, True),
    "a socket of another site": ("GET", "/graphql", {**UPGRADE, **EVIL}, False),
    "a socket without an origin": ("GET", "/graphql", {"Upgrade": "websocket", "Connection": "Upgrade"}, False),
    "a data doc": ("GET", "/pages/data_docs/index.html", {**LINK, "Sec-Fetch-Site": "same-origin"}, True),
    "a data doc in a script elsewhere": ("GET", "/pages/data_docs/index.html", {"Sec-Fetch-Site": "cross-site"}, False),
    "a data doc by another origin": ("GET", "/pages/data_docs/index.html", EVIL, False),
    "a data doc written": ("POST", "/pages/data_docs/index.html", TYPED, False),
}


@pytest.mark.skipif(not (NGINX and OPENSSL), reason="no nginx or openssl on this machine")
def test_nginx_refuses_what_pages_of_other_sites_send_with_the_login(behind_nginx: str) -> None:
    let_through = {
        name: _get(f"{behind_nginx}{path}", KNOWN, headers, method)[0] == 200
        for name, (method, path, headers, _) in ASKED.items()
    }
    assert let_through == {name: wanted for name, (_, _, _, wanted) in ASKED.items()}


@pytest.mark.skipif(not (NGINX and OPENSSL), reason="no nginx or openssl on this machine")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "news.example.evil.example"])
def test_nginx_does_not_answer_to_other_names(behind_nginx: str, host: str) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        _get(f"{behind_nginx}/", KNOWN, {"Host": host})


def _initdb() -> Path | None:
    found = shutil.which("initdb") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)
    return Path(found).resolve() if found else None


@contextmanager
def cluster() -> Iterator[str]:
    """Run a PostgreSQL cluster on loopback, with a password, as a user other than root; yield its URL."""
    initdb = _initdb()
    assert initdb is not None
    user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    as_user: dict[str, Any] = {"user": user} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="onrecord-pg-"))
    try:
        secret = folder / "password"
        secret.write_text("s3cret-word\n", encoding="utf-8")
        for path in (secret, folder):
            shutil.chown(path, user)
        data, port = folder / "data", free_port()
        made = [str(initdb), "-D", str(data), "-U", "onrecord", "--auth=scram-sha-256", f"--pwfile={secret}", "-N"]
        subprocess.run(made, cwd=folder, check=True, capture_output=True, **as_user)
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "fsync": "off"}
        server = [str(initdb.with_name("postgres")), "-D", str(data), "-p", str(port)]
        server += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        process = subprocess.Popen(server, cwd=folder, stderr=subprocess.DEVNULL, **as_user)
        try:
            _wait_for_port(port, process)
            time.sleep(1)  # it listens a moment before it accepts connections
            yield f"postgresql://onrecord:s3cret-word@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(60)
    finally:
        shutil.rmtree(folder)


def _rows_with(url: str, word: str) -> int:
    """Return how many rows of all tables of the database contain the word."""
    import psycopg2
    from psycopg2 import sql

    found = 0
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            asked = sql.SQL("SELECT count(*) FROM {0} AS t WHERE t::text LIKE %s").format(sql.Identifier(table))
            cursor.execute(asked, [f"%{word}%"])
            (count,) = cursor.fetchone() or (0,)
            found += count
    connection.close()
    return found


@pytest.mark.slow
@pytest.mark.skipif(_initdb() is None, reason="no PostgreSQL on this machine")
@pytest.mark.skipif(not importlib.util.find_spec("dagster_postgres"), reason="the extra postgres is not installed")
def test_runs_are_kept_in_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg2

    from assets.automation import DAILY
    from assets.cli.build_output import run_build
    from assets.runs.instance import open_instance

    (tmp_path / "raw").mkdir()
    text = '"We open again," harbour master Ana Lume told Delta News on Friday.\n'
    (tmp_path / "raw" / "a.txt").write_text(text, encoding="utf-8")
    settings = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    with cluster() as url:
        monkeypatch.setenv(POSTGRES, url)
        assert run_build(settings) == 0
        with psycopg2.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM runs WHERE status = 'SUCCESS'")
            assert cursor.fetchone() == (1,)
            cursor.execute("SELECT count(*) FROM event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'")
            (materialized,) = cursor.fetchone() or (0,)
            assert materialized > 10
        connection.close()
        with open_instance(settings.warehouse) as instance:
            (run,) = instance.get_runs()
            assert run.is_success
        done = CliRunner().invoke(app, ["automation", "start", DAILY, "--warehouse", str(settings.warehouse)])
        assert done.exit_code == 0, done.output
        with open_instance(settings.warehouse) as instance:
            assert [state.is_running for state in instance.all_instigator_state()] == [True]
        assert _rows_with(url, "Lume"), "what runs show holds words of articles"
        withdrawn = CliRunner().invoke(
            app, ["withdraw", "a.txt", "--reason", "asked", "--warehouse", str(settings.warehouse)]
        )
        assert withdrawn.exit_code == 0, withdrawn.output
        assert run_build(settings) == 0
        assert _rows_with(url, "Lume") == 0
        with open_instance(settings.warehouse) as instance:
            assert sorted(run.status.value for run in instance.get_runs()) == ["CANCELED", "SUCCESS"]
    assert not list(settings.warehouse.rglob("runs.db")), "nothing of it is in SQLite"
    for path in settings.warehouse.rglob("*"):
        if path.is_file():
            assert b"s3cret-word" not in path.read_bytes(), path
