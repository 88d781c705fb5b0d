"""One suite over the bundled sample and over Polymarket's API at a stand-in."""

from collections.abc import Iterator

import httpx2
import pytest

from functions.pseo_generator.markets.polymarket import Polymarket, Unreachable
from functions.pseo_generator.markets.sample import Sample, SampleWhenUnreachable
from functions.pseo_generator.markets.source import MarketSource
from functions.shared.kernel.errors import PermanentError, TransientError
from tests.support.clock import ManualClock
from tests.support.standins.polymarket import Fault, PolymarketStandIn


@pytest.fixture
def gamma() -> Iterator[PolymarketStandIn]:
    with PolymarketStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def live(gamma: PolymarketStandIn, clock: ManualClock) -> Iterator[Polymarket]:
    with httpx2.Client(timeout=5, trust_env=False) as client:
        yield Polymarket(gamma.base_url, clock=clock, client=lambda: client, deadline=0.3)


@pytest.fixture(params=["sample", "polymarket"])
def source(request: pytest.FixtureRequest, live: Polymarket) -> MarketSource:
    return Sample() if request.param == "sample" else live


def test_open_events_come_most_traded_first_up_to_the_limit(source: MarketSource) -> None:
    volumes = [event.volume_24h or 0 for event in source.trending(6).events]
    assert len(volumes) == 6
    assert volumes == sorted(volumes, reverse=True)


def test_there_may_be_fewer_events_than_asked_for(source: MarketSource) -> None:
    assert len(source.trending(100).events) == 14


def test_an_event_is_found_by_its_slug(source: MarketSource) -> None:
    event = source.by_slug("lakeland-curling-cup-2027")
    assert event.title == "Lakeland Curling Cup 2027: which team wins?"
    assert event.outcomes[0].name == "Gull Point Stones"


def test_an_unknown_slug_is_a_permanent_error(source: MarketSource) -> None:
    with pytest.raises(PermanentError, match="no event nothing-here"):
        source.by_slug("nothing-here")


def test_a_closed_event_is_not_a_page(source: MarketSource) -> None:
    with pytest.raises(PermanentError):
        source.by_slug("saltmarsh-regatta-2026")


def test_all_pages_of_the_list_are_read_with_its_filters(gamma: PolymarketStandIn, live: Polymarket) -> None:
    gamma.events = [{**gamma.events[0], "id": str(number), "slug": f"event-{number}"} for number in range(45)]
    assert len(live.trending(45).events) == 45
    assert [target.partition("after_cursor=")[2] for target in gamma.requests] == ["", "20", "40"]
    assert all("closed=false" in target and "order=volume24hr" in target for target in gamma.requests)


@pytest.mark.parametrize("fault", [Fault(500), Fault(503), Fault(403), Fault(then="reset"), Fault(then="drip")])
def test_the_sample_is_used_while_polymarket_is_out_of_reach(
    gamma: PolymarketStandIn, live: Polymarket, fault: Fault
) -> None:
    source = SampleWhenUnreachable(live)
    gamma.faults.append(fault)
    assert source.trending(3).origin == "sample"
    assert source.trending(3).origin == "polymarket"
    gamma.faults.append(fault)
    assert source.by_slug("lakeland-curling-cup-2027").origin == "sample"


@pytest.mark.parametrize("fault", [Fault(503), Fault(403), Fault(then="reset"), Fault(then="drip")])
def test_without_a_sample_being_out_of_reach_is_transient(
    gamma: PolymarketStandIn, live: Polymarket, fault: Fault
) -> None:
    gamma.faults.append(fault)
    with pytest.raises(Unreachable, match="Polymarket"):
        live.trending(3)


def test_a_slug_the_sample_lacks_waits_for_polymarket(gamma: PolymarketStandIn, live: Polymarket) -> None:
    gamma.faults.append(Fault(503))
    with pytest.raises(Unreachable):
        SampleWhenUnreachable(live).by_slug("not-in-the-sample")


@pytest.mark.parametrize("fault", [Fault(429), Fault(200), Fault(200, b"[1, 2]"), Fault(200, b'{"events": 3}')])
def test_an_answer_that_makes_no_sense_is_transient_and_never_the_sample(
    gamma: PolymarketStandIn, live: Polymarket, fault: Fault
) -> None:
    gamma.faults.append(fault)
    with pytest.raises(TransientError) as caught:
        SampleWhenUnreachable(live).trending(3)
    assert not isinstance(caught.value, Unreachable)


def test_a_refused_request_is_permanent(gamma: PolymarketStandIn, live: Polymarket) -> None:
    gamma.faults.append(Fault(422))
    with pytest.raises(PermanentError, match="422"):
        live.trending(3)
