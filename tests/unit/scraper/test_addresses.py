"""Where nothing is fetched from, however it is written. Unit tests have no sockets."""

import pytest

from functions.scraper.fetch import GuardedFetch
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.outbound import require_fetchable
from tests.support.names import HERE, NOBODY, OK, PUBLIC, Dialled, Names

WRITTEN = [
    # loopback
    "http://127.0.0.1/",
    "http://127.0.0.1:80/",
    "http://127.8.9.10/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0X7F.1/",
    "http://127.0.0.1./",
    "http://①②⑦.0.0.1/",
    "http://127。0。0。1/",
    "http://１２７.0.0.1/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://app.localhost/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://%31%32%37.0.0.1/",
    # this host, everybody
    "http://0/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://224.0.0.1/",
    "http://[ff02::1]/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
    # metadata
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[fd00:ec2::254]/",
    "http://169.254.170.2/v2/credentials",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://168.63.129.16/",
    "http://metadata.google.internal/",
    # private, link-local and set aside
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://[fc00::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[2001:db8::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[4000::1]/",
    "http://printer.local/",
    # user names
    "http://example.com@127.0.0.1/",
    "http://user:secret@example.com/",
    "http://@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.example.com/",
    "http://example.com#@127.0.0.1:22/../@/",
    # ports
    "http://example.com:22/",
    "https://example.com:8443/",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://example.com:80:22/",
    # other schemes, and none
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://example.com/",
    "data:text/html,hi",
    "javascript:alert(1)",
    "//example.com/",
    "/etc/passwd",
    "example.com",
    "http:example.com",
    "http:///path",
    "http://",
    "",
    # no addresses at all
    "http://exa mple.com/",
    "http://exam\tple.com/",
    "http://example.com/\r\nHost: evil",
    "http://a..example.com/",
    "http://300.1.1.1/",
    "http://[::1/",
    "http://example.com/" + "a" * 2048,
    "http://example.com/\ud800",
]
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
        require_fetchable(url, NOBODY)


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
    require_fetchable(url, NOBODY)


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
        require_fetchable(url, hosts)
    assert refused.value.reason == reason


@pytest.mark.parametrize("url", ["http://127.0.0.1:49152/feed", "https://localhost:8443/", "http://localhost/"])
def test_named_hosts_of_this_machine_may_be_entered_with_any_port(url: str) -> None:
    require_fetchable(url, HERE)
