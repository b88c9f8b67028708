"""The UI as a person opens it: the asset graph with its groups, and the checks, in a headless Chromium."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.console import run_build
from assets.settings import Settings
from expectations.judge import checks
from pipeline.tables import STORED

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no chromium and chromedriver on this machine"),
]
# The UI takes up to 70 s to start on two cores; a loaded machine longer.
STARTS_WITHIN = 240.0
SHOWS_WITHIN = 90.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A built sample and `onrecord ui` on it."""
    warehouse = tmp_path_factory.mktemp("ui")
    assert run_build(Settings(warehouse=warehouse)) == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("onrecord")),
        "ui",
        "--warehouse",
        str(warehouse),
        "--port",
        str(port),
    ]
    log = (warehouse / "ui.log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        assert process.poll() is None, "the UI ended"
        try:
            with urllib.request.urlopen(f"{url}/server_info", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    pytest.fail(f"no UI within {STARTS_WITHIN:g} s")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1800,1300",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


def _text(browser: object, url: str, *words: str) -> str:
    """The page's text, once it holds all the words."""
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


def test_the_checks_of_a_table_are_shown_passed(browser: object, address: str) -> None:
    # The list draws only what is in view, in the order of the alphabet.
    names = sorted(check.name for check in checks() if check.table == "quotes")[:5]
    text = _text(browser, f"{address}/assets/quotes?view=checks", *names)
    _picture(browser, "checks")
    assert [name for name in names if name not in text] == []


def test_the_run_of_the_command_is_listed(browser: object, address: str) -> None:
    text = _text(browser, f"{address}/runs", "build", "Success")
    _picture(browser, "runs")
    assert "Success" in text


def _picture(browser: object, name: str) -> None:
    """A screenshot, where ONRECORD_PICTURES names a folder to look at them in."""
    folder = os.environ.get("ONRECORD_PICTURES")
    if folder:
        browser.save_screenshot(str(Path(folder) / f"ui-{name}.png"))  # type: ignore[attr-defined]
