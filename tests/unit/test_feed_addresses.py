"""Addresses of feeds: which are equal, which are invalid, and which may be connected to."""

import socket
from ipaddress import ip_address

import httpcore
import pytest

from assets.feeds.addresses import AddressError, cleaned
from assets.feeds.client import Client, FetchError, Request
from assets.feeds.connection import Backend, PrivateAddress, is_public
from assets.feeds.limits import LIMITS
from tests.support.feed_server import serving


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HTTPS://News.Example:443/a/B?utm_source=x&id=7&gclid=1#top", "https://news.example/a/B?id=7"),
        ("http://news.example:80", "http://news.example/"),
        ("http://news.example:8080/", "http://news.example:8080/"),
        ("https://news.example/a?source=x&ref=y&session=2", "https://news.example/a?source=x&ref=y&session=2"),
        ("https://münchen.example/ä b?q=ö", "https://xn--mnchen-3ya.example/%C3%A4%20b?q=%C3%B6"),
        ("https://news.example/%C3%A4?a=%20", "https://news.example/%C3%A4?a=%20"),
        ("../b?UTM_Source=x", "https://base.example/x/b"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("http://[2001:DB8::1]/a", "http://[2001:db8::1]/a"),
    ],
)
def test_the_same_page_has_one_address(text: str, found: str) -> None:
    assert cleaned(text, "https://base.example/x/y/z") == found
    assert cleaned(found) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file:///etc/passwd",
        "ftp://news.example/a",
        "javascript:alert(1)",
        "https://",
        "https:///a",
        "https://user:secret@news.example/",
        "https://news.example/\nHost: x",
        "https://news.example:99999/",
        "https://exa mple/",
        "https://[::1/",
        "a" * 3000,
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(AddressError):
        cleaned(text)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_a_public_address(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # metadata, most clouds
        "100.100.100.200",  # metadata, Alibaba (shared address space)
        "168.63.129.16",  # metadata, Azure
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo of 127.0.0.1
        "fc00::1",
        "fd00:ec2::254",  # metadata, Amazon
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


def test_an_address_is_checked_where_it_is_connected() -> None:
    with serving() as site, Client("onrecord", LIMITS) as client:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(FetchError, match="which is not public"):
                client.get(site.url.replace("127.0.0.1", host), Request(1000))
        assert site.asked == []
        with Client("onrecord", LIMITS, private=True) as allowed:
            assert allowed.get(site.url, Request(1000)).status == 404
        assert len(site.asked) == 1


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "[::ffff:7f00:1]"])
def test_other_ways_to_write_a_private_address(host: str) -> None:
    with serving() as site, Client("onrecord", LIMITS) as client:
        address = site.url.replace("127.0.0.1", host)
        with pytest.raises(FetchError, match=r"which is not public|host not found"):
            client.get(address, Request(1000))
        assert site.asked == []


def test_a_name_is_resolved_once_and_the_socket_goes_where_was_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a second lookup would give a private address."""
    asked: list[str] = []
    connected: list[str] = []

    def resolve(host, port, **_):
        asked.append(host)
        place = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port))]

    def connect(self, host, port, *_args, **_kwargs):
        connected.append(host)
        raise httpcore.ConnectError("far away")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    backend = Backend()
    backend.deadline = float("inf")
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("news.example", 80)
    with pytest.raises(PrivateAddress):
        backend.connect_tcp("news.example", 80)
    assert connected == ["93.184.215.14"]


def test_of_mixed_addresses_the_public_ones_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 80)) for place in ("10.0.0.1", "93.184.215.14")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert Backend()._allowed("news.example", 80) == ["93.184.215.14"]
    assert Backend(private=True)._allowed("news.example", 80) == ["10.0.0.1", "93.184.215.14"]
