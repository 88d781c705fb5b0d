"""What is shown of addresses and texts that hold secrets."""

import time

import pytest

from functions.shared.kernel.masking import MASK, mask_address, mask_text, mask_url, mask_values

LONG = "Zk3v9QmT8bX1cR5nW7yL2pD4"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(("given", "shown"), [
    ("https://ann:hunter22@feeds.example/rss", "https://***@feeds.example/rss"),
    ("https://hunter22@feeds.example/rss", "https://***@feeds.example/rss"),
    ("https://a:b@c:d@feeds.example/", "https://***@feeds.example/"),
    ("https://feeds.example/rss?token=hunter22", "https://feeds.example/rss?token=***"),
    ("https://feeds.example/rss?page=2&api_key=hunter22&x=1", "https://feeds.example/rss?page=2&api_key=***&x=1"),
    ("https://feeds.example/rss?APIKEY=hunter22", "https://feeds.example/rss?APIKEY=***"),
    ("https://feeds.example/rss?private_token=hunter22", "https://feeds.example/rss?private_token=***"),
    ("https://feeds.example/rss?feed-token=hunter22;a=1", "https://feeds.example/rss?feed-token=***;a=1"),
    ("https://feeds.example/rss?access_token=a%20b", "https://feeds.example/rss?access_token=***"),
    ("https://feeds.example/rss?key=hunter22#top", "https://feeds.example/rss?key=***#top"),
    ("https://hooks.example/run?code=hunter22&sig=x%3D", "https://hooks.example/run?code=***&sig=***"),
    ("https://s3.example/b/k?X-Amz-Credential=AK%2F1&X-Amz-Signature=ab12&X-Amz-Expires=900",
     "https://s3.example/b/k?X-Amz-Credential=***&X-Amz-Signature=***&X-Amz-Expires=900"),
    ("https://feeds.example/rss?client_secret=&password=x", "https://feeds.example/rss?client_secret=&password=***"),
    (f"https://feeds.example/rss?next={JWT}", "https://feeds.example/rss?next=***"),
    ("https://hooks.slack.com/services/T0001/B0002/abcdef", "https://hooks.slack.com/services/***"),
    ("https://discord.com/api/webhooks/123456/abc-DEF_1", "https://discord.com/api/webhooks/123456/***"),
    ("https://api.telegram.org/bot123456:AAE-x/sendMessage", "https://api.telegram.org/bot***"),
    ("https://acme.webhook.office.com/webhookb2/one@two/IncomingWebhook/three", "https://acme.webhook.office.com/webhookb2/***"),
    ("https://hooks.zapier.com/hooks/catch/123/abc/", "https://hooks.zapier.com/hooks/catch/***"),
    ("https://maker.ifttt.com/trigger/made/with/key/abcdef", "https://maker.ifttt.com/trigger/made/with/key/***"),
])  # fmt: skip
def test_an_address_is_shown_without_what_opens_it(given: str, shown: str) -> None:
    assert mask_url(given) == shown
    assert mask_address(given) == shown
    assert mask_url(shown) == shown, "what is masked stays as it is"


@pytest.mark.parametrize("url", [
    "https://example.com/blog", "https://example.com/feed.xml?page=2&format=rss", "https://example.com/?author=ann",
    "https://example.com/how-prediction-markets-price-elections-in-2026", "http://127.0.0.1:8000/hook?tenant=acme",
    "https://example.com/wiki/Token_(railway_signalling)", "https://[2001:db8::1]/feed", "https://example.com/a?b",
    "https://example.com/tokens/?keyword=tea&passage=1&signed=yes&monkey=2", "not an address", "https://example.com",
    "https://example.com/2026/12/01/0123456789012345678901/", "https://example.com/Donaudampfschifffahrtsgesellschaft",
])  # fmt: skip
def test_an_address_without_a_secret_is_shown_as_it_is(url: str) -> None:
    assert mask_url(url) == url
    assert mask_address(url) == url


@pytest.mark.parametrize(
    "part", ["7b0d4a52-1c1e-4b6f-9a55-0f0b8a1f2c3d", LONG, LONG.lower(), "0123456789abcdef0123456789abcdef"]
)
def test_parts_of_a_path_that_nobody_types_are_hidden_where_a_users_address_is_shown(part: str) -> None:
    url = f"https://hooks.example/in/{part}/feed.xml"
    assert mask_address(url) == "https://hooks.example/in/***/feed.xml"
    assert mask_url(url) == url, "elsewhere they may be any id"


@pytest.mark.parametrize("secret", [
    "sk-proj-abcdefghijklmnop1234", "sk_live_abcdefghijklmnop", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", JWT,
    "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "AIzaSyD-abcdefghijklmnopqrstuvwxyz01234", "xoxb-1234567890-abcdef",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "EAABsbCS1iHgBAKabcdefghij",
])  # fmt: skip
def test_what_has_the_shape_of_a_secret_is_hidden_wherever_it_stands(secret: str) -> None:
    for text in (f"it said {secret} is wrong", f'{{"detail": "{secret}"}}', secret, f"https://example.com/{secret}x"):
        assert secret not in mask_text(text)


@pytest.mark.parametrize("text", [
    "Authorization: Bearer hunter22hunter22", "{'access_token': 'hunter22'}", '{"refresh_token": "hunter22"}',
    r'{"body": "{\"app_password\": \"hunter22\"}"}', "grant_type=refresh_token&refresh_token=hunter22&client_id=1",
    '{"SecretString": 0, "client_secret":"hunter22"}', "{b'password': b'hunter22'}",
    "GET https://ann:hunter22@a.example/ failed",
    "see https://a.example/rss?token=hunter22, twice: https://a.example/?key=hunter22.", "Basic hunter22hunter22==",
    "AWS4-HMAC-SHA256 Credential=hunter22/20261201/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00ff",
    "-----BEGIN PRIVATE KEY-----\nhunter22\n-----END PRIVATE KEY-----", "x-api-key=hunter22",
    "{'Cookie': 'a=hunter22'}",
])  # fmt: skip
def test_what_is_called_a_secret_is_hidden(text: str) -> None:
    masked = mask_text(text)
    assert "hunter22" not in masked
    assert MASK in masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize("text", [
    "X refuses the access token: invalid_request", "the secret flywheel/openai holds no API key; fill it",
    "input_tokens=10, output_tokens=5", "job 0198c1d2-7a3b-7c4d-8e5f-0a1b2c3d4e5f failed: its worker was lost 3 times",
    "https://x.com/i/status/1234567890123456789", "the author's words: password managers = good", "a basic idea",
    "Basic understanding of OAuth authorization",
    "http://127.0.0.1:4566/api/jobs/0198c1d2-7a3b-7c4d-8e5f-0a1b2c3d4e5f", "sk-8 and whsec_ and eyJ", "",
])  # fmt: skip
def test_ordinary_words_stay(text: str) -> None:
    assert mask_text(text) == text


def test_in_a_structure_what_is_named_a_secret_is_hidden_whole() -> None:
    given = {
        "org_id": "acme", "access_token": "hunter22", "input_tokens": 7, "password": b"hunter22", "token": None,
        "inner": [{"x-api-key": "hunter22"}, ("see https://a.example/?sig=hunter22",)], "secret_id": "flywheel/openai",
    }  # fmt: skip
    assert mask_values(given) == {
        "org_id": "acme", "access_token": MASK, "input_tokens": 7, "password": MASK, "token": None,
        "inner": [{"x-api-key": MASK}, ["see https://a.example/?sig=***"]], "secret_id": "flywheel/openai",
    }  # fmt: skip


@pytest.mark.parametrize("text", [
    "a." * 20000 + "=", "token" * 8000, "_" * 40000, '"' + "a" * 40000, "https://" + "a" * 20000 + "?" + "token" * 4000,
    "-----BEGIN PRIVATE KEY-----" * 1500, "AWS4-HMAC-SHA256 Credential=" * 1500, "Bearer " * 6000, 'token":"' * 5000,
    "https://x/" + "/hook/" * 7000, "eyJ" + "a." * 20000, "https://x/?" + "a=b&" * 10000, "https://" * 5000,
    "a1" * 20000, "https://x/?" + "a1" * 20000 + "=" + "a1" * 9, "Bearer " + "a" * 40000,
    "{'password': '" + "a" * 40000,
    "a-" * 20000 + "token",
])  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    """Linear in its length: a foreign server chooses what its refusal says."""
    started = time.perf_counter()
    mask_address(mask_text(text))
    assert time.perf_counter() - started < 1
