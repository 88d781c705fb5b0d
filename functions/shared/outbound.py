"""Which addresses a user may have this deployment call: public ones over HTTPS, never what lies inside the network.

A name is judged by the addresses it resolves to, at the moment of the call; here only what needs no look-up is checked.
"""

from ipaddress import ip_network
from urllib.parse import urlsplit

from ssrfguard import DEFAULT_DENIED, AddressTable, Block, Policy, Reach, SSRFGuardError

from functions.shared.errors import PermanentError

# The host behind an Azure machine: public by its number, internal by its nature.
_AZURE_HOST = Block(ip_network("168.63.129.16/32"), "Azure host", "Azure's documentation", Reach.DENIED)
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")
_ANY_PORT = frozenset(range(1, 65536))


def outbound_policy(*, allow_loopback: bool) -> Policy:
    """The policy for calls to addresses that users give. `allow_loopback` is for development on one machine."""
    table = AddressTable((*DEFAULT_DENIED.blocks, _AZURE_HOST))
    if allow_loopback:
        return Policy(allowed_networks=_LOOPBACK, allowed_ports=_ANY_PORT, denied_networks=table)
    return Policy(allowed_schemes=frozenset({"https"}), allowed_ports=frozenset({443}), denied_networks=table)


def require_callable(url: str, policy: Policy) -> None:
    """Raise PermanentError, saying why, when a call to this URL would be refused whatever its name resolves to."""
    try:
        parts = urlsplit(url)
        is_loopback = parts.hostname in _LOOPBACK_HOSTS and "http" in policy.allowed_schemes
    except ValueError:
        raise PermanentError("is not a URL") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback):
        raise PermanentError("must begin with https://")
    try:
        policy.check_url(url)
    except SSRFGuardError as refused:
        raise PermanentError(str(getattr(refused, "reason", "is not an address that may be called"))) from None
