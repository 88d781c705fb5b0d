"""What HTTP itself promises, whatever the call."""

import base64
import gzip
import json

import pytest

from functions.shared.kernel.clock import utc_now
from tests.support.api_driver import Driver, http_event, make_driver


@pytest.fixture
def api() -> Driver:
    return make_driver(utc_now)


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/api/jobs", "/api/notification-settings", "/api/stats"])
def test_head_is_get_without_its_body(api: Driver, path: str) -> None:
    got, head = api("GET", path), api("HEAD", path)
    assert (got.status, head.status, head.text) == (200, 200, "")
    assert head.headers == got.headers


def test_head_of_what_is_not_there_is_as_get_says(api: Driver) -> None:
    assert api("HEAD", "/api/jobs/none").status == 404
    assert api("HEAD", "/api/ai/generate").status == 405
    assert api("HEAD", "/api/jobs", claims=None).status == 401


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/api/jobs", "GET, HEAD, OPTIONS, POST"),
        ("/api/jobs/some-id", "DELETE, GET, HEAD, OPTIONS"),
        ("/api/ai/generate", "OPTIONS, POST"),
        ("/health", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_says_what_is_possible(api: Driver, path: str, allow: str) -> None:
    answer = api("OPTIONS", path, claims=None)
    assert (answer.status, answer.text, answer.headers["Allow"]) == (204, "", allow)


def test_options_of_no_call_is_not_found(api: Driver) -> None:
    assert api("OPTIONS", "/api/nothing").status == 404


@pytest.mark.parametrize(
    ("path", "name"),
    [("/api/jobs", "state"), ("/api/jobs/some-id", "x"), ("/api/content", "Kind")],
)
def test_a_parameter_that_a_call_does_not_have_is_named(api: Driver, path: str, name: str) -> None:
    answer = api("GET", path, query={name: "1"})
    assert (answer.status, answer.fields) == (422, [name])


def test_the_refusal_names_the_parameters_there_are(api: Driver) -> None:
    (error,) = api("GET", "/api/content", query={"state": "draft"}).json["errors"]
    assert error["message"] == "is not a query parameter of this call, which has kind, limit, cursor"


def test_what_watches_the_public_addresses_may_add_parameters(api: Driver) -> None:
    assert api("GET", "/health", query={"nocache": "1"}, claims=None).status == 200


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "zstd", "identity, gzip"])
def test_a_compressed_body_is_refused_with_what_is_taken(api: Driver, coding: str) -> None:
    event = http_event("POST", "/api/jobs", headers={"content-encoding": coding})
    event |= {"body": base64.b64encode(gzip.compress(b"{}")).decode(), "isBase64Encoded": True}
    answer = api.api(event, None)
    assert (answer["statusCode"], answer["headers"]["Accept-Encoding"]) == (415, "identity")


def test_a_body_that_says_it_is_not_compressed_is_read(api: Driver) -> None:
    assert api("POST", "/api/ai/generate", {"topic": "Tea"}, headers={"content-encoding": "identity"}).status == 202


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "deflate,GZIP ; q=1.0"])
def test_the_contract_is_sent_compressed_to_whoever_takes_it_so(api: Driver, accepted: str) -> None:
    plain = api("GET", "/openapi.json", claims=None)
    sent = api.api(http_event("GET", "/openapi.json", headers={"accept-encoding": accepted}, claims=None), None)
    assert (sent["headers"]["Content-Encoding"], sent["isBase64Encoded"]) == ("gzip", True)
    assert json.loads(gzip.decompress(base64.b64decode(sent["body"]))) == plain.json
    assert len(sent["body"]) < len(plain.text) / 5
    assert sent["headers"]["ETag"] != plain.headers["ETag"]
    assert sent["headers"]["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0"])
def test_the_contract_is_sent_as_it_is_to_others(api: Driver, accepted: str) -> None:
    answer = api("GET", "/openapi.json", headers={"accept-encoding": accepted}, claims=None)
    assert "Content-Encoding" not in answer.headers
    assert answer.json["openapi"].startswith("3.1")


def test_whoever_has_the_contract_does_not_get_it_again(api: Driver) -> None:
    tag = api("GET", "/openapi.json", claims=None).headers["ETag"]
    again = api("GET", "/openapi.json", headers={"if-none-match": f'"other", {tag}'}, claims=None)
    assert (again.status, again.text, again.headers["ETag"]) == (304, "", tag)
    assert api("GET", "/openapi.json", headers={"if-none-match": '"other"'}, claims=None).status == 200
