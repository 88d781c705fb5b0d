"""Which calls the embedded engine answers: a table of what programs, browsers and hostile pages send."""

from collections.abc import Mapping

import pytest

from ops.guard import Call, Kind, console_origin, reason_to_refuse

CONSOLE = console_origin(4566)
ELSEWHERE = "https://elsewhere.example"
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
EVERY_KIND = list(Kind)


def refused(
    headers: Mapping[str, str] | list[tuple[str, str]] = {},  # noqa: B006 - only read
    *,
    kind: Kind = Kind.ADMINISTRATION,
    method: str = "POST",
    target: str = "/",
    host: str | None = "127.0.0.1:4566",
    is_websocket: bool = False,
) -> bool:
    pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
    pairs = pairs if host is None else [("host", host), *pairs]
    return reason_to_refuse(Call(method, target, pairs, kind, is_websocket), console=CONSOLE) is not None


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("host", [
    "127.0.0.1:4566", "127.0.0.1", "localhost:4566", "LOCALHOST:4566", "[::1]:4566", "localhost:8080",
    "abcd1234.execute-api.localhost:4566", "pages.s3.localhost", " 127.0.0.1:4566 ",
])  # fmt: skip
def test_programs_on_this_machine_are_answered(host: str, kind: Kind) -> None:
    assert not refused({"user-agent": "Boto3/1.43", "authorization": "AWS4-HMAC-SHA256 ..."}, host=host, kind=kind)


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("host", [
    None, "", "elsewhere.example", "elsewhere.example:80", "127.0.0.1.nip.io:4566", "localhost.elsewhere.example",
    "localhost.", "localhost.:4566", "127.0.0.1.", "evil-localhost", "xlocalhost:4566", "0.0.0.0:4566",
    "127.0.0.2:4566", "127.1", "2130706433", "0x7f000001", "017700000001", "[::ffff:127.0.0.1]", "[::]:4566", "::1",
    "localhost:4566:80",
    "localhost:", "localhost:123456", "user@localhost:4566", "localhost:4566@elsewhere.example", "localhost\t",
    "localhost,elsewhere.example", "ⓛocalhost", "127.0.0.1%00.elsewhere.example", "localhost/..",
])  # fmt: skip
def test_a_host_that_a_name_server_could_point_here_is_refused_whoever_asks(host: str | None, kind: Kind) -> None:
    expected = host != "localhost\t"  # white space around a value is no part of it
    assert refused(host=host, kind=kind, method="GET") is expected
    assert refused(LINK, host=host, kind=kind, method="GET") is (expected or kind not in (Kind.API, Kind.PAGE))


def test_two_hosts_are_none() -> None:
    assert refused([("host", "127.0.0.1:4566"), ("host", "127.0.0.1:4566")], host=None)
    assert refused([("host", "elsewhere.example")])


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("origin", [
    ELSEWHERE, "null", "", "NULL", "http://127.0.0.1:4566", "http://127.0.0.1:3000", "http://localhost:3000",
    "http://localhost", "https://localhost:4566", "http://localhost:4566/", "http://localhost:4566.elsewhere.example",
    "http://elsewhere.example#http://localhost:4566", "http://console.localhost:4566", "http://localhost.:4566",
    "file://", "chrome-extension://abcdef",
])  # fmt: skip
def test_every_origin_but_the_consoles_is_refused(origin: str, method: str, kind: Kind) -> None:
    for site in ({}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}):
        assert refused({"origin": origin, **site}, kind=kind, method=method)


def test_two_origins_are_not_the_consoles() -> None:
    for origins in ([CONSOLE, ELSEWHERE], [ELSEWHERE, CONSOLE], [CONSOLE, CONSOLE]):
        assert refused([("origin", origin) for origin in origins], kind=Kind.API)


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("site", ["cross-site", "same-site", "CROSS-SITE", "", "same-origin, cross-site", "unknown"])
def test_what_another_site_loads_is_refused_also_without_an_origin(site: str, kind: Kind) -> None:
    for dest in ("image", "script", "iframe", "empty", "object", "style"):
        assert refused(
            {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": dest}, kind=kind, method="GET"
        )
    assert refused([("sec-fetch-site", "same-origin"), ("sec-fetch-site", site)], kind=kind)


def test_links_to_pages_and_to_the_api_can_be_followed_from_anywhere() -> None:
    """A published page, or the address a network sends the browser back to."""
    for kind in (Kind.PAGE, Kind.API):
        assert not refused(LINK, kind=kind, method="GET")
        assert not refused({**LINK, "sec-fetch-site": "none"}, kind=kind, method="GET")
        assert refused({**LINK, "sec-fetch-dest": "iframe"}, kind=kind, method="GET")
        assert refused(LINK, kind=kind, method="POST")
        assert refused({**LINK, "origin": "null"}, kind=kind, method="POST")


@pytest.mark.parametrize("headers", [
    LINK, {**LINK, "sec-fetch-site": "none"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"},
    {"origin": CONSOLE, "sec-fetch-site": "same-origin"}, {"origin": CONSOLE}, {"sec-fetch-user": "?1"},
    {"origin": CONSOLE, "content-type": "text/plain"}, {"sec-fetch-mode": "no-cors"},
])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_no_browser_administers_the_engine_not_even_the_console(headers: dict[str, str], method: str) -> None:
    assert refused(headers, kind=Kind.ADMINISTRATION, method=method)


def test_the_console_calls_the_api_uploads_and_signs_in() -> None:
    for kind in (Kind.API, Kind.PAGE, Kind.UPLOAD, Kind.SIGN_IN):
        for site in ("same-origin", "cross-site"):
            assert not refused({"origin": CONSOLE, "sec-fetch-site": site}, kind=kind)
    assert refused({"sec-fetch-site": "same-origin"}, kind=Kind.UPLOAD), "a published page uploads nothing"
    assert refused({"sec-fetch-site": "same-origin"}, kind=Kind.SIGN_IN)


def test_a_page_of_the_engine_reads_its_own_pictures() -> None:
    assert not refused({"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors"}, kind=Kind.PAGE, method="GET")


@pytest.mark.parametrize("host", ["abcd1234.execute-api.localhost:4566", "pages.s3.localhost:4566", "[::1]:4566"])
def test_names_that_route_a_call_elsewhere_are_for_programs(host: str) -> None:
    assert refused(LINK, host=host, kind=Kind.PAGE, method="GET")
    assert refused({"origin": CONSOLE}, host=host, kind=Kind.API)


def test_no_page_opens_a_websocket() -> None:
    for origin in (ELSEWHERE, "null", CONSOLE, "http://127.0.0.1:4566"):
        assert refused({"origin": origin}, kind=Kind.API, method="GET", is_websocket=True)
    assert not refused(kind=Kind.API, method="GET", is_websocket=True)


@pytest.mark.parametrize(
    "target", ["http://elsewhere.example/", "http://127.0.0.1:4566/", "elsewhere.example:443", "*", ""]
)
def test_a_target_that_is_no_path_is_refused(target: str) -> None:
    assert refused(target=target, kind=Kind.API)
