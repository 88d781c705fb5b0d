"""The fake keeps what every network keeps."""

import pytest

from functions.shared.domain.measured.model import Metrics
from functions.shared.kernel.errors import PermanentError, RateLimited
from functions.shared.networks.authorisation import TokenBeingRenewed
from functions.shared.networks.memory.counts import MemoryCountsReader
from functions.shared.networks.memory.publish import MemoryPublisher
from tests.contract.shared.networks.suite import Counting, CountsContract, Faults, Platform, RemoteContract
from tests.support.accounts import an_x_account
from tests.support.clock import ManualClock


class TestMemory(RemoteContract, CountsContract):
    @pytest.fixture
    def platform(self, clock: ManualClock) -> Platform:
        memory = MemoryPublisher()
        return Platform(memory, an_x_account(clock()), lambda: memory.accepted)

    @pytest.fixture
    def faults(self, platform: Platform, clock: ManualClock) -> Faults:
        memory = platform.publisher
        assert isinstance(memory, MemoryPublisher)
        return Faults(
            refuse=lambda: memory.refusals.append(PermanentError("the platform refused the post")),
            lose_the_answer=lambda: setattr(memory, "lost_answers", 1),
            limit_until=lambda reset: memory.refusals.append(RateLimited("slow down", retry_at=reset)),
            refuse_the_token=lambda: memory.refusals.append(
                TokenBeingRenewed("the token is being renewed", retry_at=clock().replace(year=2100))
            ),
            take_the_token_again=lambda: None,
            hide_the_posts=lambda: setattr(memory, "blind", True),
        )

    @pytest.fixture
    def counting(self, clock: ManualClock) -> Counting:
        reader = MemoryCountsReader()

        def post(metrics: Metrics) -> str:
            platform_id = str(len(reader.counts) + 1)
            reader.counts[platform_id] = metrics
            return platform_id

        def delete(platform_id: str) -> None:
            reader.gone.add(platform_id)
            reader.counts.pop(platform_id)

        return Counting(
            reader,
            an_x_account(clock()),
            post,
            delete,
            lambda reset: reader.faults.append(RateLimited("slow down", retry_at=reset)),
        )
