from dataclasses import dataclass, field

from functions.shared.kernel.notifications.wants import Wants
from tests.support.clock import ManualClock


@dataclass
class Read:
    """Settings that can be read, with how often each was."""

    kinds: frozenset[str] = frozenset({"job.completed"})
    read: list[str] = field(default_factory=list)

    def __call__(self, org_id: str) -> frozenset[str]:
        self.read.append(org_id)
        return self.kinds if org_id == "acme" else frozenset()


def test_settings_are_read_once_a_minute_for_each_organisation(clock: ManualClock) -> None:
    wants, read = Wants(), Read()
    for _ in range(100):
        assert wants.has("acme", "job.completed", read=read, now=clock())
        assert not wants.has("acme", "page.published", read=read, now=clock())
        assert not wants.has("rival", "job.completed", read=read, now=clock())
    assert read.read == ["acme", "rival"]
    clock.advance(seconds=59)
    assert wants.has("acme", "job.completed", read=read, now=clock())
    assert len(read.read) == 2
    clock.advance(seconds=1)
    read.kinds = frozenset()
    assert not wants.has("acme", "job.completed", read=read, now=clock()), "a choice holds within a minute"


def test_a_clock_that_was_set_back_is_not_a_reason_to_go_by_old_settings(clock: ManualClock) -> None:
    wants, read = Wants(), Read()
    wants.has("acme", "job.completed", read=read, now=clock())
    clock.advance(hours=-1)
    wants.has("acme", "job.completed", read=read, now=clock())
    assert len(read.read) == 2


def test_what_is_remembered_is_bounded(clock: ManualClock) -> None:
    wants, read = Wants(), Read()
    for number in range(2500):
        wants.has(f"org-{number}", "job.completed", read=read, now=clock())
    assert len(wants.known) <= 1000
