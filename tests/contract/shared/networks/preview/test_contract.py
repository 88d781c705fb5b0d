"""The preview keeps what every publisher keeps; it has no connection to break and no counts."""

import pytest

from functions.shared.domain.network import Network
from functions.shared.networks.preview.publish import PreviewPublisher
from tests.contract.shared.networks.suite import Platform, PublisherContract
from tests.support.accounts import an_x_account
from tests.support.clock import ManualClock


class TestPreview(PublisherContract):
    @pytest.fixture
    def platform(self, clock: ManualClock) -> Platform:
        return Platform(PreviewPublisher({Network.TWITTER: "https://api.x.com"}), an_x_account(clock()), list)
