import pytest

from functions.api.links import base_url


def event(domain: str, *, stage: str = "$default", host: str | None = None) -> dict[str, object]:
    return {
        "requestContext": {"domainName": domain, "stage": stage, "apiId": "abcd1234"},
        "headers": {"host": host or domain},
    }


@pytest.mark.parametrize(
    ("request_event", "expected"),
    [
        (event("x1.execute-api.eu-west-1.amazonaws.com"), "https://x1.execute-api.eu-west-1.amazonaws.com"),
        (event("api.acme.example"), "https://api.acme.example"),
        (
            event("x1.execute-api.eu-west-1.amazonaws.com", host="evil.example"),
            "https://x1.execute-api.eu-west-1.amazonaws.com",
        ),
        (event("api.acme.example", stage="beta"), "https://api.acme.example/beta"),
        (
            event("abcd1234.execute-api.localhost", host="127.0.0.1:4566"),
            "http://127.0.0.1:4566/_aws/execute-api/abcd1234",
        ),
        (
            event("abcd1234.execute-api.localhost", host="abcd1234.execute-api.localhost:4566"),
            "http://abcd1234.execute-api.localhost:4566",
        ),
    ],
)
def test_links_lead_back_to_where_the_caller_came_in(request_event: dict[str, object], expected: str) -> None:
    assert base_url(request_event) == expected
