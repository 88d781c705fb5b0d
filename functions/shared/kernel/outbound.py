"""Which addresses a user may have this deployment call: public ones, never what lies inside the network.

One check judges every address when it is given, whatever it is for; `Bounds` are where sources and webhooks differ.
A name is judged by the addresses it resolves to, at the moment of the call; here only what needs no look-up is checked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import SplitResult, urlsplit

from ssrfguard import DEFAULT_DENIED, AddressTable, Block, BlockedAddressError, Policy, Reach, SSRFGuardError, Target

from functions.shared.kernel.errors import PermanentError

PolicyFor = Callable[[str], Policy]
"""The policy for connections to a host, by its name as it is dialled."""

MAX_URL_CHARACTERS = 2048

_PUBLIC = AddressTable(
    (
        *DEFAULT_DENIED.blocks,
        # The host behind an Azure machine: public by its number, internal by its nature.
        Block(ip_network("168.63.129.16/32"), "Azure host", "Azure's documentation", Reach.DENIED),
        # What is handed out to hosts is all in 2000::/3; outside it lie IPv4 addresses in ever new disguises.
        Block(ip_network("::/0"), "not global unicast", "RFC4291", Reach.DENIED),
        Block(ip_network("2000::/3"), "Global Unicast", "RFC4291", Reach.PERMITTED),
    )
)
_NOWHERE = AddressTable(
    tuple(Block(ip_network(each), "not on this machine", "settings", Reach.DENIED) for each in ("0.0.0.0/0", "::/0"))
)
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_USUAL_PORTS = {"http": 80, "https": 443}
_ANY_PORT = frozenset(range(1, 65536))
# Special-use names (RFC 6761, 6762, 8375, and `internal`, which ICANN set aside in 2024).
_LOCAL_NAME = re.compile(r"(?:^|\.)(?:localhost|local|internal|home\.arpa)$")
# The resolver reads a last label like these as a number: 0x7f.1 is 127.0.0.1. No top-level domain looks so.
_NUMBER_AT_THE_END = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")
_NOT_A_URL = "is not a complete web address, such as https://example.com/news"
_NOT_PUBLIC = "must not lead into a private network or to this machine"
_ON_THIS_MACHINE = Policy(allowed_networks=_LOOPBACK, allowed_ports=_ANY_PORT, denied_networks=_NOWHERE)
_ON_THE_WEB_ON_ANY_PORT = Policy(denied_networks=_PUBLIC, allowed_ports=_ANY_PORT)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where calls of one kind may go: public addresses by these schemes, each on its usual port.

    A host named in `loopback_hosts` (development on one machine) must be on this machine instead, over http too and on
    any port.
    """

    schemes: tuple[str, ...]
    loopback_hosts: frozenset[str] = frozenset()

    @property
    def ports(self) -> frozenset[int]:
        """The usual ports of the schemes."""
        return frozenset(_USUAL_PORTS[scheme] for scheme in self.schemes)

    def policy_for(self, host: str) -> Policy:
        """What a connection to this host, as it is dialled, must keep to."""
        if host in self.loopback_hosts:
            return _ON_THIS_MACHINE
        return Policy(denied_networks=_PUBLIC, allowed_ports=self.ports)


def sources_bounds(loopback_hosts: frozenset[str] = frozenset()) -> Bounds:
    """What may be read: the web."""
    return Bounds(("http", "https"), loopback_hosts)


def webhooks_bounds(*, allow_loopback: bool = False) -> Bounds:
    """Where events may be posted: over https alone. `allow_loopback` is for development on one machine."""
    return Bounds(("https",), _LOOPBACK_HOSTS if allow_loopback else frozenset())


def require_address(url: str, bounds: Bounds) -> None:
    """Raise PermanentError when this URL would not be called whatever its name resolves to. Looks nothing up.

    The reason follows the word "url", or whatever its reader calls it: `must begin with http:// or https://`.
    """
    parts = _parts_of(url)
    is_here = parts.hostname in bounds.loopback_hosts
    schemes = ("http", "https") if is_here else bounds.schemes
    if parts.scheme not in schemes:
        raise PermanentError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if "@" in parts.netloc:
        raise PermanentError("must not hold a user name or a password")
    try:
        target = (_ON_THIS_MACHINE if is_here else _ON_THE_WEB_ON_ANY_PORT).check_url(url)
    except SSRFGuardError as refused:
        is_address = isinstance(refused.__cause__, BlockedAddressError)
        raise PermanentError(_NOT_PUBLIC if is_address else _NOT_A_URL) from None
    if not is_here:
        _require_public(target, bounds.ports)


def _parts_of(url: str) -> SplitResult:
    if len(url) > MAX_URL_CHARACTERS:
        raise PermanentError(f"must not be longer than {MAX_URL_CHARACTERS} characters")
    try:
        url.encode()
        return urlsplit(url)
    except ValueError:
        raise PermanentError(_NOT_A_URL) from None


def _require_public(target: Target, ports: frozenset[int]) -> None:
    name = target.host.rstrip(".")
    if target.address is None and (_LOCAL_NAME.search(name) or _NUMBER_AT_THE_END.search(name)):
        raise PermanentError(_NOT_PUBLIC)
    if target.port not in ports:
        raise PermanentError(f"must not name another port than {' or '.join(map(str, sorted(ports)))}")
