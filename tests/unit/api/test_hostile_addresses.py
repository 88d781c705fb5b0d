"""Addresses of sources and of webhooks are judged by one check when they are given."""

import pytest

from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.outbound import require_address, sources_bounds, webhooks_bounds
from tests.support.api_driver import Answer, Driver, make_driver
from tests.support.clock import ManualClock
from tests.support.hostile_addresses import WRITTEN

SETTINGS = "/api/notification-settings"
SAFE_THOUGH_ODD = "http://example.com#@127.0.0.1:22/../@/"
HOSTILE = [url for url in WRITTEN if url != SAFE_THOUGH_ODD]


@pytest.fixture
def api(clock: ManualClock) -> Driver:
    return make_driver(clock)


def given_to_both(api: Driver, url: str) -> tuple[Answer, Answer]:
    source = api("POST", "/api/sources", {"kind": "feed", "url": url})
    return source, api("PUT", SETTINGS, {"webhooks": [{"url": url}]})


@pytest.mark.parametrize("url", [url for url in HOSTILE if url.isascii()])
def test_a_hostile_address_is_taken_neither_for_a_source_nor_for_a_webhook(api: Driver, url: str) -> None:
    for spelling in {url, url.replace("http://", "https://", 1)}:
        source, webhook = given_to_both(api, spelling)
        assert (source.status, source.fields) == (422, ["url"])
        assert (webhook.status, webhook.fields) == (422, ["webhooks.0.url"])
    assert api.services.notifications.preferences("acme").webhooks == ()


def reason(url: str, *, for_webhook: bool) -> str | None:
    try:
        require_address(url, webhooks_bounds() if for_webhook else sources_bounds())
    except PermanentError as error:
        return error.reason
    return None


@pytest.mark.parametrize("url", [url for url in HOSTILE if "//" in url])
def test_both_are_refused_in_the_same_words(url: str) -> None:
    over_https = url.replace("http://", "https://", 1)
    read, posted = reason(over_https, for_webhook=False), reason(over_https, for_webhook=True)
    assert read is not None
    assert posted is not None
    assert read.replace("http:// or ", "").replace("80 or ", "") == posted


@pytest.mark.parametrize("url", [
    "https://example.com/", "https://EXAMPLE.com./hook?x=1", "https://8.8.8.8:443/", "https://[2606:4700::1111]/hook",
    "https://4chan.example/", "https://example.com#@127.0.0.1:22/",
])  # fmt: skip
def test_a_public_address_over_https_is_good_for_both(api: Driver, url: str) -> None:
    source, webhook = given_to_both(api, url)
    assert (source.status, webhook.status) == (201, 200), source.text + webhook.text


def test_events_are_posted_over_https_alone_and_reading_goes_over_http_too() -> None:
    assert reason("http://example.com/", for_webhook=True) == "must begin with https://"
    assert reason("http://example.com/", for_webhook=False) is None
    assert reason("https://example.com:80/", for_webhook=True) == "must not name another port than 443"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "https://localhost:1/", "http://[::1]:9/", "http://localhost/"]
)
def test_this_machine_is_called_where_development_allows_it_and_nothing_else_is_allowed_by_that(url: str) -> None:
    here = webhooks_bounds(allow_loopback=True)
    require_address(url, here)
    for hostile in HOSTILE:
        host = hostile.partition("://")[2].partition("/")[0].lower()
        if host.partition(":")[0] in ("127.0.0.1", "localhost") or host.startswith("[::1]"):
            continue
        with pytest.raises(PermanentError):
            require_address(hostile, here)
