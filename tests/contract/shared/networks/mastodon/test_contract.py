"""Mastodon keeps what every network keeps, as far as it is here: its rules."""

from functions.shared.domain.network import Network
from tests.contract.shared.networks.suite import RulesContract


class TestMastodon(RulesContract):
    network = Network.MASTODON
