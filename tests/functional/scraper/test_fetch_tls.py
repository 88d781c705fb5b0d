"""Fetching over HTTPS: whose certificate is accepted, and for how long a connection is waited for."""

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from functions.scraper.fetch import GuardedFetch
from functions.shared.kernel.errors import TransientError
from tests.support.standins.website import Page, Website

HERE = frozenset({"127.0.0.1", "localhost"})
HTML = ["text/html"]
fetch = GuardedFetch(HERE)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of `localhost`, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_certificate_is_checked_by_the_name_and_not_by_the_address_dialled(certificate: Path) -> None:
    with Website({"/": Page("secure")}, certificate=certificate) as site:
        trusting = GuardedFetch(HERE, tls=lambda: ssl.create_default_context(cafile=str(certificate)))
        assert trusting(f"https://localhost:{site.port}/", accept=HTML).body == b"secure"
        with pytest.raises(TransientError, match=r"certificate was not accepted: .*127"):
            trusting(f"https://127.0.0.1:{site.port}/", accept=HTML)
        with pytest.raises(TransientError, match="certificate was not accepted: self-signed"):
            fetch(f"https://localhost:{site.port}/", accept=HTML)
        with pytest.raises(TransientError):
            fetch(f"http://localhost:{site.port}/", accept=HTML)


def test_a_website_that_does_not_speak_tls_is_named() -> None:
    with Website() as site, pytest.raises(TransientError, match="no secure connection"):
        fetch(f"https://127.0.0.1:{site.port}/", accept=HTML)


def test_a_connection_nobody_secures_ends_with_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(TransientError, match="did not answer within"):
            GuardedFetch(HERE, seconds=0.3)(f"https://127.0.0.1:{silent.getsockname()[1]}/", accept=HTML)
        assert time.monotonic() - started < 2
