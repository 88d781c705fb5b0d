"""The offline writer's posts: native to their network, within its rules, and true to their facts."""

import re
from itertools import product

import pytest

from functions.pseo_generator.markets.sample import Sample
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.facts import MOST_LIKELY, RUNNER_UP, facts_of
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.network import Network
from functions.shared.networks.compose import compose, length, problems
from functions.shared.networks.preview.publish import PreviewPublisher
from functions.shared.networks.registry.rules import RULES
from functions.shared.writing.briefs import PostBrief, PostDraft
from functions.shared.writing.models.port import TextRequest
from functions.shared.writing.offline.hashtags import hashtags
from functions.shared.writing.offline.model import OfflineModel
from functions.shared.writing.posts.write import brief_for, write_post
from functions.social_poster.open_intent import open_intent
from functions.social_poster.services import Services
from tests.support.clock import ManualClock
from tests.support.page_services import page_services, ran
from tests.support.standins.markets import a_market, odd_markets, yes_or_no

_LINK = "https://flywheel.example/acme/which-of-the-teas-wins-cup-number-seven.html"
_TOPICS = (
    "How small teams can plan a week of posts",
    "Will AI replace designers?",
    "remote work",
    "3 ways to brew tea, ranked!",
    "x" * 300,
    "市場が何を言っているか " * 12,
    "🫖 " * 100,
)
_TONES = (None, "friendly", "expert", "bold")


def _draft(brief: PostBrief) -> PostDraft:
    return OfflineModel().generate_text(TextRequest("Write.", brief=brief, draft=PostDraft)).require()


def _about_market(network: Network, number: int, *, seed: str = "s") -> PostBrief:
    event = a_market(number, outcomes=2 + number % 9)
    return brief_for(network, event.title, seed=seed, link=_LINK, facts=facts_of(event))


@pytest.mark.parametrize("network", Network)
def test_posts_about_markets_fit_with_link_and_hashtags(network: Network) -> None:
    for number in range(60):
        brief = _about_market(network, number)
        draft = _draft(brief)
        post = compose(draft.text, draft.hashtags, brief.link, network)
        assert problems(post, network) == []
        assert _words(post)[: len(_words(draft.text))] == _words(draft.text), "nothing had to be cut"
        assert all(f"#{tag}" in post for tag in draft.hashtags), "no hashtag had to be dropped"


@pytest.mark.parametrize(("network", "topic", "tone"), list(product(Network, _TOPICS, _TONES)))
def test_posts_about_a_topic_fit(network: Network, topic: str, tone: str | None) -> None:
    brief = brief_for(network, topic, seed="s", tone=tone)
    draft = _draft(brief)
    assert problems(compose(draft.text, draft.hashtags, None, network), network) == []


@pytest.mark.parametrize("network", Network)
@pytest.mark.parametrize("title", ["Which tea wins?", "Green tea at 37.5%", "A long question about tea " * 40])
def test_a_post_of_sample_data_says_so_however_little_room_there_is(network: Network, title: str) -> None:
    event = a_market(3, outcomes=4, origin="sample")
    for seed in range(40):
        brief = brief_for(network, title.strip(), seed=str(seed), link=_LINK, facts=facts_of(event))
        post = write_post(brief, model=OfflineModel()).text
        assert post.count("(sample data)") == 1
        assert problems(post, network) == []
        assert not re.search("we have been following|People are putting money|next week", post)


def test_posts_about_the_samples_pages_say_so_and_name_no_leader_where_none_is(clock: ManualClock) -> None:
    generator = page_services(clock)
    services = Services(
        generator.contents,
        generator.accounts,
        OfflineModel(),
        lambda name: PreviewPublisher({Network.TWITTER: "https://x.test"}),
        generator.engine,
        MemoryMetrics(),
    )
    for event in Sample().trending(100).events:
        ran(generator, {"event": event.model_dump(mode="json")})
    for page, network in product(generator.pages("acme"), Network):
        account = Account(
            org_id="acme",
            account_id=f"to-{network}",
            network=network,
            publisher="preview",
            name="Preview",
            created_at=clock(),
        )
        text = open_intent(page, account, job_id="job", services=services).text
        assert "(sample data)" in text
        assert page.event.exclusive or not re.search("favourite|most likely|ahead|leader|that order", text)


@pytest.mark.parametrize("network", Network)
def test_a_post_of_live_data_does_not_speak_of_samples(network: Network) -> None:
    for seed in range(40):
        assert "sample" not in _draft(_about_market(network, 3, seed=str(seed))).text


@pytest.mark.parametrize("network", Network)
def test_a_post_ranks_nothing_where_the_facts_name_no_leader(network: Network) -> None:
    facts = {label: figure for label, figure in facts_of(a_market(3)).items() if label not in (MOST_LIKELY, RUNNER_UP)}
    for seed in range(40):
        text = _draft(brief_for(network, "Which tea wins?", seed=str(seed), facts=facts)).text
        assert not re.search("favourite|most likely|that order", text)


@pytest.mark.parametrize("network", Network)
def test_a_post_fits_however_little_room_there_is(network: Network) -> None:
    for room in (1, 40, 80, 120):
        brief = _about_market(network, 3).model_copy(update={"max_length": room})
        assert _draft(brief).text


@pytest.mark.parametrize("network", Network)
def test_posts_are_made_of_any_market(network: Network) -> None:
    for event in odd_markets():
        brief = brief_for(network, event.title, seed="s", link=_LINK, facts=facts_of(event))
        assert problems(write_post(brief, model=OfflineModel()).text, network) == []


@pytest.mark.parametrize("network", Network)
def test_every_figure_of_a_post_is_in_its_brief(network: Network) -> None:
    for number in range(60):
        brief = _about_market(network, number)
        known = _figures(" ".join((brief.topic, *brief.facts, *brief.facts.values())))
        assert _figures(_draft(brief).text) <= known


@pytest.mark.parametrize("network", Network)
def test_a_topic_alone_gets_no_figures(network: Network) -> None:
    for seed in range(40):
        assert not _figures(_draft(brief_for(network, "remote work", seed=str(seed))).text)


@pytest.mark.parametrize("network", Network)
def test_seeds_word_equal_briefs_differently(network: Network) -> None:
    texts = {_draft(_about_market(network, 3, seed=str(seed))).text for seed in range(20)}
    topics = {_draft(brief_for(network, "remote work", seed=str(seed))).text for seed in range(20)}
    assert len(texts) >= 4
    assert len(topics) >= 8


def test_each_network_has_its_own_form() -> None:
    drafts = {network: _draft(_about_market(network, 3)) for network in Network}
    assert "\n\n" in drafts[Network.LINKEDIN].text
    assert drafts[Network.LINKEDIN].text.endswith("?")
    assert drafts[Network.FACEBOOK].text.endswith("?")
    assert "\n▪️ " in drafts[Network.INSTAGRAM].text
    assert len(drafts[Network.INSTAGRAM].hashtags) > 4
    assert len(drafts[Network.TWITTER].text) < 260
    assert len({draft.text for draft in drafts.values()}) == len(Network)


def test_the_tone_is_heard() -> None:
    texts = {
        tone: {_draft(brief_for(Network.FACEBOOK, "remote work", seed=str(seed), tone=tone)).text for seed in range(30)}
        for tone in ("friendly", "expert")
    }
    assert not texts["friendly"] & texts["expert"]


def test_a_yes_or_no_market_reads_well() -> None:
    event = yes_or_no(7)
    brief = brief_for(Network.LINKEDIN, event.title, seed="1", link=_LINK, facts=facts_of(event))
    assert "No at 62.5% and Yes at 37.5%." in _draft(brief).text


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("Will AI replace designers?", ["AI", "Designers"]),
        ("Democratic Presidential Nominee 2028", ["DemocraticPresidential", "Presidential", "Democratic"]),
        ("what will it be like?", []),
        ("O'Brien's café: Zürich against “Genève”", ["OBrien", "Zürich", "Genève"]),
        ("2028 24/7 100%", []),
    ],
)
def test_hashtags_come_from_telling_words(text: str, tags: list[str]) -> None:
    assert hashtags(text, (), 3) == tags


@pytest.mark.parametrize("network", Network)
def test_the_rules_limit_is_used_and_not_wasted(network: Network) -> None:
    """A short network's post says more than its topic."""
    brief = _about_market(network, 3)
    draft = _draft(brief)
    assert length(draft.text, network) > length(brief.topic, network)
    assert RULES[network].max_length == brief.max_length


def _figures(text: str) -> set[str]:
    return {figure.rstrip(".,") for figure in re.findall(r"\d[\d.,]*", text)}


def _words(text: str) -> list[str]:
    return text.split()
