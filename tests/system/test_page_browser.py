"""The page in headless Chromium: on a desktop and a phone, in light and dark mode, by keyboard."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import search as loads
from tests.integration.test_page import PAGES, hostile, made
from tests.support.processes import NEEDS_CHROMIUM
from warehouse.release.publish import Release

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["hostile", "made"]

pytestmark = [pytest.mark.slow, NEEDS_CHROMIUM]
# Installed by .ci/run; by hand: npm install --no-save --prefix build axe-core@4.14.1
AXE = Path(os.environ.get("ONRECORD_AXE", Path(__file__).parents[2] / "build/node_modules/axe-core/axe.min.js"))
PHONE, DESKTOP = (390, 844), (1280, 900)


@pytest.fixture(scope="module", params=[(DESKTOP, False), (DESKTOP, True), (PHONE, False), (PHONE, True)],
                ids=["desktop-light", "desktop-dark", "phone-light", "phone-dark"])  # fmt: skip
def anywhere(request: pytest.FixtureRequest) -> Iterator[Chrome]:
    (width, height), dark = request.param
    with loads.browser(width, height, dark) as driver:
        yield driver


@pytest.fixture(scope="module")
def desktop() -> Iterator[Chrome]:
    with loads.browser(*DESKTOP) as driver:
        yield driver


@pytest.fixture(scope="module")
def address(made: Release) -> Iterator[str]:
    with loads.served(made.folder) as (at, _):
        yield at


def opened(driver: Chrome) -> None:
    driver.execute_script("document.querySelectorAll('details').forEach((d) => { d.open = true; })")


def messages(driver: Chrome) -> list[dict[str, Any]]:
    return list(driver.get_log("browser"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.skipif(not (AXE.is_file() or os.environ.get("CI") == "true"), reason=f"no axe in {AXE.parent.name}")
def test_axe_finds_nothing(anywhere: Chrome, address: str, name: str) -> None:
    if name == "index.html":
        assert loads.look(anywhere, address + name, {"speaker": "ana", "words": "stay"}).startswith("2")
    else:
        anywhere.get(address + name)
    opened(anywhere)
    anywhere.execute_script(AXE.read_text(encoding="utf-8"))
    found = anywhere.execute_async_script("axe.run(document, {}).then(arguments[arguments.length - 1])")
    shown = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]]
    assert shown == []
    assert len(found["passes"]) > 15


def test_the_page_fits_its_window_and_its_charts_are_seen(anywhere: Chrome, address: str) -> None:
    loads.look(anywhere, address)
    assert anywhere.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    sizes = anywhere.execute_script(
        "return [...document.querySelectorAll('svg')].map((s) => [s.clientWidth, s.clientHeight])"
    )
    assert len(sizes) >= 4
    assert all(width > 250 and height > 20 for width, height in sizes)
    ink, paper = anywhere.execute_script(
        "return [getComputedStyle(document.querySelector('svg .ink')).fill,"
        " getComputedStyle(document.body).backgroundColor]"
    )
    dark = anywhere.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
    assert (brightness(ink) > brightness(paper)) == dark


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_its_window(anywhere: Chrome, address: str, name: str) -> None:
    anywhere.get(address + name)
    opened(anywhere)
    assert anywhere.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    outside = "return [...document.querySelectorAll('form input, form select')].filter((e) => e.offsetWidth && "
    outside += "e.getBoundingClientRect().right > e.form.getBoundingClientRect().right).length"
    assert anywhere.execute_script(outside) == 0


def brightness(colour: str) -> int:
    return sum(int(n) for n in colour.removeprefix("rgb(").removesuffix(")").split(","))


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_asked_of_another_host(desktop: Chrome, address: str, name: str) -> None:
    messages(desktop)
    desktop.get("about:blank")
    desktop.get(address + name)
    asked = desktop.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert all(url.startswith((address, "data:")) for url in asked)
    assert messages(desktop) == []


def test_the_first_sight_is_small(desktop: Chrome, made: Release) -> None:
    with loads.served(made.folder) as (at, seen):
        loads.look(desktop, at)
        assert {path.rpartition("/")[2] for path, _ in seen} == {"", "quotes-0.json.gz"}
        assert sum(number for _, number in seen) < loads.FIRST_SIGHT


def test_every_download_is_what_its_checksum_says(desktop: Chrome, address: str) -> None:
    desktop.get(address)
    rows = desktop.execute_script(
        "return [...document.querySelectorAll('#download tbody tr')].map((r) =>"
        " [r.querySelector('a').href, r.querySelector('code')?.textContent ?? ''])"
    )
    assert len(rows) > 12
    for url, digest in rows:
        if url.endswith("/release.json"):  # holds the page's digest, so the page lists none for it
            assert digest == ""
            continue
        with urllib.request.urlopen(url) as answer:
            assert hashlib.sha256(answer.read()).hexdigest() == digest


def test_filters_are_folded_on_a_phone_until_one_is_set(desktop: Chrome, address: str) -> None:
    def unfolded(driver: Chrome, asked: dict[str, str]) -> bool:
        loads.look(driver, address, asked)
        return bool(driver.execute_script("return document.getElementById('filters').open"))

    with loads.browser(*PHONE) as phone:
        assert not unfolded(phone, {})
        assert not unfolded(phone, {"words": "stay"})
        assert unfolded(phone, {"speaker": "ana"})
    assert unfolded(desktop, {})


def test_it_works_by_keyboard(desktop: Chrome, address: str) -> None:
    from selenium.webdriver.common.keys import Keys

    loads.look(desktop, address)

    def focused() -> str:
        return str(desktop.execute_script("const e = document.activeElement; return e.id || e.className"))

    def press(*keys: str) -> None:
        desktop.switch_to.active_element.send_keys(*keys)

    press(Keys.TAB)
    assert focused() == "skip"
    press(Keys.ENTER)
    press(Keys.TAB)
    assert focused() == "words"
    press("open", Keys.ENTER)
    desktop.execute_async_script("setTimeout(arguments[0], 1000)")
    assert desktop.find_element("id", "note").text.startswith("4 quotations")
    assert focused() == "words"
    assert "#words=open" in desktop.current_url


def test_more_goes_on_where_the_new_ones_begin(desktop: Chrome, address: str) -> None:
    loads.look(desktop, address)
    count = "return document.querySelectorAll('#results li').length"
    assert desktop.execute_script(count) == 5
    desktop.find_element("id", "more").click()
    desktop.execute_async_script("setTimeout(arguments[0], 500)")
    assert desktop.execute_script(count) == 7
    assert (
        desktop.execute_script("return [...document.querySelectorAll('#results li')].indexOf(document.activeElement)")
        == 5
    )


def test_a_name_in_a_chart_leads_to_its_quotations(desktop: Chrome, address: str) -> None:
    loads.look(desktop, address)
    opened(desktop)
    desktop.execute_script("document.querySelector('#charts a[href^=\"#speaker=\"]').click()")
    desktop.execute_async_script("setTimeout(arguments[0], 1000)")
    assert desktop.execute_script("return document.getElementById('speaker').value") == "Ana Lume"
    assert desktop.find_element("id", "note").text.startswith("6 quotations")


class Unpacking(loads.Counting):
    """A host that sends `Content-Encoding` for packed files, so that the browser unpacks them."""

    def end_headers(self) -> None:
        if self.path.endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()


def test_hosts_that_declare_the_packing_do_too(desktop: Chrome, made: Release) -> None:
    with loads.served(made.folder, Unpacking) as (at, _):
        assert loads.look(desktop, at, {"words": "open"}).startswith("4 quotations")


def test_in_a_folder_of_a_host(desktop: Chrome, made: Release) -> None:
    with loads.served(made.folder.parent) as (at, _):
        assert loads.look(desktop, f"{at}{made.version}/index.html", {"words": "open"}).startswith("4 quotations")


def test_opened_as_a_file_it_says_what_search_needs(desktop: Chrome, made: Release) -> None:
    assert "python -m http.server" in loads.look(desktop, (made.folder / "index.html").as_uri(), {"words": "open"})


@pytest.mark.parametrize("asked", [{}, {"words": "script"}, {"outlet": "alert"}])
def test_hostile_words_do_nothing(desktop: Chrome, hostile: Release, asked: dict[str, str]) -> None:
    messages(desktop)
    with loads.served(hostile.folder) as (at, seen):
        loads.look(desktop, at, asked)
        opened(desktop)
        assert desktop.title.endswith(f" · onrecord {hostile.version}")
        found = desktop.execute_script(
            "return [...document.querySelectorAll('script, img, iframe, object')].map((e) => e.outerHTML.slice(0, 35))"
        )
        # The description of the dataset, and the page's own script.
        assert [part.split(">")[0] for part in found] == ['<script type="application/ld+json"', "<script"]
        assert desktop.execute_script("return document.querySelectorAll('#results li').length") > 0
        links = desktop.execute_script("return [...document.links].map((link) => link.protocol)")
        assert set(links) <= {"http:"}
        assert all("/search/" in path or path == "/" for path, _ in seen)
    assert messages(desktop) == []


def test_a_search_loads_little_of_many_quotations(tmp_path: Path) -> None:
    found = loads.measure(20_000, loads.generated(tmp_path, 20_000))
    assert found["first sight"]["bytes"] < loads.FIRST_SIGHT
    assert max(figures["bytes"] for figures in found.values()) < loads.A_SEARCH
    print(json.dumps(found))


def results(driver: Chrome) -> list[str]:
    return list(
        driver.execute_script("return [...document.querySelectorAll('#results li')].map((e) => e.dataset.quote)")
    )


def test_a_permalink_shows_its_quotation_alone(desktop: Chrome, address: str) -> None:
    loads.look(desktop, address)
    wanted = results(desktop)[2]
    assert loads.look(desktop, address, {"q": wanted}).startswith("1 quotation")
    assert results(desktop) == [wanted]
    facts = desktop.find_element("css selector", "#results .facts").text
    assert re.match(r"(direct|mixed|indirect) · confidence \d\.\d\d \((high|medium|low)\) · said: ", facts)
    # A click on the quotation's chip shows all results again.
    desktop.find_element("css selector", "#chips button").click()
    desktop.execute_async_script("setTimeout(arguments[0], 500)")
    assert len(results(desktop)) == 5


def test_facets_narrow_and_count_what_they_find(desktop: Chrome, address: str) -> None:
    loads.look(desktop, address, {"outlet": "delta"})
    for number in range(len(desktop.find_elements("css selector", "#facets button"))):
        loads.look(desktop, address, {"outlet": "delta"})
        button = desktop.find_elements("css selector", "#facets button")[number]
        count = button.find_elements("tag name", "span")[1].text
        button.click()
        desktop.execute_async_script("setTimeout(arguments[0], 500)")
        assert desktop.find_element("id", "note").text.startswith(f"{count} quotation")


def test_withheld_quotations_come_last_and_are_counted(desktop: Chrome, address: str) -> None:
    note = loads.look(desktop, address, {"outlet": "delta"})
    withheld = desktop.execute_script(
        "return [...document.querySelectorAll('#results li')].map((e) => e.querySelector('blockquote') === null)"
    )
    assert withheld == sorted(withheld)
    assert any(withheld)
    assert f"the words of {sum(withheld)} withheld" in note
    # The index has no withheld words: the page says how many quotations it cannot search.
    note = loads.look(desktop, address, {"outlet": "delta", "words": "open"})
    assert f"{sum(withheld)} more quotations of this speaker or outlet" in note


def test_a_table_for_spreadsheets_runs_no_formula(desktop: Chrome, address: str) -> None:
    loads.look(desktop, address, {"outlet": "delta"})
    assert desktop.find_element("id", "csv").is_displayed()
    text = desktop.execute_async_script("const done = arguments[0]; table(found).then(done)")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["quote_id"] for row in rows] == results(desktop)
    assert all(row["permalink"].endswith(f"#q={row['quote_id']}") for row in rows)
    for nasty in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert next(csv.reader([desktop.execute_script("return cell(arguments[0])", nasty)]))[0].startswith("'")
    assert desktop.execute_script("return cell(arguments[0])", 'a "b", c') == '"a ""b"", c"'


@pytest.mark.parametrize("folder", ["speakers", "statements"])
def test_an_address_shows_one_of_a_page_from_a_folder(desktop: Chrome, made: Release, folder: str) -> None:
    page = made.folder / folder / "0.html"
    wanted = re.findall(r'class="profile" id="(\w+)"', page.read_text(encoding="utf-8"))[-1]
    for address in (f"{page.as_uri()}#{wanted}", f"{(made.folder / 'index.html').as_uri()}#{folder[:-1]}_id={wanted}"):
        desktop.get("about:blank")
        desktop.get(address)
        desktop.execute_async_script("setTimeout(arguments[0], 500)")
        shown = [e.get_attribute("id") for e in desktop.find_elements("class name", "profile") if e.is_displayed()]
        assert shown == [wanted]
