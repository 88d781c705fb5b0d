"""Addresses as foreign texts give them."""

from urllib.parse import urljoin, urlsplit

MAX_ADDRESS = 2048


def web_address(found: str | None, base: str) -> str | None:
    """Absolute, http or https, at most 2,048 characters long and without blanks; None for any other."""
    if not found:
        return None
    try:
        address = urljoin(base, found.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    fine = parts.scheme in ("http", "https") and parts.hostname and len(address) <= MAX_ADDRESS
    return address if fine and address.isprintable() and " " not in address else None


def host_of(url: str) -> str:
    """The host's name, without `www.`."""
    return (urlsplit(url).hostname or url).removeprefix("www.")
