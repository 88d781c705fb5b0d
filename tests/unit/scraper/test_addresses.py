"""Where nothing is fetched from, however it is written. Unit tests have no sockets."""

import pytest

from functions.scraper.fetch import GuardedFetch
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.outbound import require_address, sources_bounds
from tests.support.hostile_addresses import WRITTEN
from tests.support.names import HERE, NOBODY, OK, PUBLIC, Dialled, Names

SAFE_THOUGH_ODD = ["http://example.com#@127.0.0.1:22/../@/"]


@pytest.mark.parametrize("url", [url for url in WRITTEN if url not in SAFE_THOUGH_ODD])
def test_an_address_that_leads_inside_is_refused_as_it_is_written(url: str) -> None:
    names, dialled = Names([[PUBLIC]]), Dialled(OK)
    with pytest.raises(PermanentError, match=r"^the address "):
        GuardedFetch(resolver=names, dialler=dialled)(url, accept=["text/html"])
    assert (names.asked, dialled.to) == ([], [])


@pytest.mark.parametrize("url", [url for url in WRITTEN if url not in SAFE_THOUGH_ODD])
def test_what_is_never_fetched_cannot_be_entered_either(url: str) -> None:
    with pytest.raises(PermanentError):
        require_address(url, sources_bounds())


def test_what_stands_behind_a_hash_is_no_address() -> None:
    names, dialled = Names([[PUBLIC]]), Dialled(OK)
    GuardedFetch(resolver=names, dialler=dialled)(SAFE_THOUGH_ODD[0], accept=["text/html"])
    assert (names.asked, dialled.to) == (["example.com"], [(PUBLIC, 80)])


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://example.com/feed?x=1&y=a@b#top",
        "https://bücher.example/ä",
        "http://8.8.8.8:80/",
        "https://[2606:4700::1111]:443/",
        "https://EXAMPLE.com./",
        "https://4chan.example/",
    ],
)
def test_a_public_web_address_may_be_entered(url: str) -> None:
    require_address(url, sources_bounds())


@pytest.mark.parametrize(
    ("url", "hosts", "reason"),
    [
        ("ftp://example.com/", NOBODY, "must begin with http:// or https://"),
        ("http://u:secret@example.com/", NOBODY, "must not hold a user name or a password"),
        ("http://example.com:8080/", NOBODY, "must not name another port than 80 or 443"),
        ("http://127.0.0.1:8080/", NOBODY, "must not lead into a private network or to this machine"),
        ("http://127.0.0.2:8080/", HERE, "must not lead into a private network or to this machine"),
        ("http://0x7f.1:8080/", HERE, "must not lead into a private network or to this machine"),
        ("http://metadata.google.internal/", NOBODY, "must not lead into a private network or to this machine"),
        ("http://127.1:8080/", HERE, "is not a complete web address, such as https://example.com/news"),
        ("http://[::1]:8080/", HERE, "must not lead into a private network or to this machine"),
        ("http://u@localhost:8080/", HERE, "must not hold a user name or a password"),
        ("http://a b/", NOBODY, "is not a complete web address, such as https://example.com/news"),
        ("https:/example.com", NOBODY, "is not a complete web address, such as https://example.com/news"),
        ("http://a/" + "b" * 2040, NOBODY, "must not be longer than 2048 characters"),
    ],
)
def test_the_reason_is_fit_for_who_entered_the_address(url: str, hosts: frozenset[str], reason: str) -> None:
    with pytest.raises(PermanentError) as refused:
        require_address(url, sources_bounds(hosts))
    assert refused.value.reason == reason


@pytest.mark.parametrize("url", ["http://127.0.0.1:49152/feed", "https://localhost:8443/", "http://localhost/"])
def test_named_hosts_of_this_machine_may_be_entered_with_any_port(url: str) -> None:
    require_address(url, sources_bounds(HERE))
