import pytest

from functions.shared.domain.accounts.model import AccountState
from functions.shared.domain.facts import MOST_LIKELY, RUNNER_UP, facts_of
from functions.shared.domain.network import Network
from functions.shared.domain.publish_intent import post_id
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.networks.authorisation import AccountPaused
from functions.shared.networks.compose import problems
from functions.shared.writing.briefs import PostBrief, PostDraft
from tests.support.clock import ManualClock
from tests.support.contents import a_page, a_post, a_variant, an_event
from tests.support.posting import Bench


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    return Bench(clock)


class TestOnAnAccount:
    def test_a_page_becomes_a_post_about_it_with_its_link(self, bench: Bench) -> None:
        bench.connect("x-1")

        result = bench.run(account_id="x-1")

        (post,) = bench.posts
        assert result == {
            "post_id": post_id("acme", "page-1", "x-1", bench.clock()),
            "account_id": "x-1",
            "network": "twitter",
            "publisher": "x",
            "state": "published",
            "platform_id": "1",
            "url": "https://platform.example/1",
            "text": "Written for twitter.\n\n#Markets\n\nhttps://site.example/acme/tea-or-coffee.html",
        }
        assert bench.platform.accepted == [post.text]
        assert (post.parent_id, post.title, post.link) == (
            "page-1",
            "Will tea outsell coffee?",
            "https://site.example/acme/tea-or-coffee.html",
        )

    def test_the_writer_gets_the_pages_figures_and_the_networks_limit(self, bench: Bench) -> None:
        bench.run(account_id="preview")

        brief = bench.model.asked[0].brief
        assert isinstance(brief, PostBrief)
        facts = facts_of(an_event(bench.clock()))
        assert brief.facts == {label: fact for label, fact in facts.items() if label not in (MOST_LIKELY, RUNNER_UP)}
        assert (brief.topic, brief.max_length) == ("Will tea outsell coffee?", 280)

    def test_a_favourite_is_named_only_where_just_one_outcome_can_come_true(self, bench: Bench) -> None:
        bench.contents.put(a_page(bench.clock(), event=an_event(bench.clock(), exclusive=True)))

        bench.run(account_id="preview")

        brief = bench.model.asked[0].brief
        assert isinstance(brief, PostBrief)
        assert brief.facts[MOST_LIKELY] == "Yes, 37.5%"

    def test_sentences_with_figures_that_are_not_in_the_data_are_left_out(self, bench: Bench) -> None:
        draft = PostDraft(text="Tea is at 37.5%. It gained 12 points! Coffee leads at 62.5%. Odds of 99.9 to 7.")
        bench.model.answers["twitter"] = draft

        result = bench.run(account_id="preview")

        assert result["text"].startswith("Tea is at 37.5%. Coffee leads at 62.5%.\n\nhttps://")

    def test_a_post_with_no_sentence_left_says_what_the_page_is_about(self, bench: Bench) -> None:
        bench.model.answers["twitter"] = PostDraft(text="Up 12 points, see https://evil.example.net")

        assert bench.run(account_id="preview")["text"].startswith("Will tea outsell coffee?\n\nhttps://site.example/")

    def test_the_text_is_written_once_and_sent_the_same_by_every_run(self, bench: Bench) -> None:
        bench.connect("x-1")
        bench.platform.refusals = [TransientError("no connection")]
        with pytest.raises(TransientError):
            bench.run(account_id="x-1")
        bench.model.answers["twitter"] = PostDraft(text="Something else.")

        bench.run(account_id="x-1")

        assert len(bench.model.asked) == 1
        assert bench.platform.accepted[0].startswith("Written for twitter.")

    def test_another_job_for_the_same_account_gives_the_same_post(self, bench: Bench) -> None:
        bench.connect("x-1")

        first, second = bench.run(account_id="x-1"), bench.run(account_id="x-1")

        assert first == second
        assert len(bench.platform.accepted) == len(bench.posts) == 1

    def test_a_variant_is_posted_in_its_own_words(self, bench: Bench) -> None:
        bench.contents.put(a_variant(bench.clock(), network=Network.TWITTER))
        bench.connect("x-1")

        bench.run(content_id="variant-1", account_id="x-1")

        assert bench.platform.accepted == ["Tea is on the rise."]
        assert bench.model.asked == []

    def test_the_preview_account_records_what_would_be_sent(self, bench: Bench) -> None:
        result = bench.run(account_id="preview")

        (post,) = bench.posts
        assert (result["state"], result["url"]) == ("published", None)
        assert post.preview is not None
        assert post.preview["body"] == {"text": post.text, "made_with_ai": True}
        assert problems(post.text, Network.TWITTER) == []

    @pytest.mark.parametrize(
        ("payload", "reason"),
        [
            ({"content_id": "nothing"}, "there is no content nothing"),
            ({"content_id": "post-1"}, "post-1 is a post: only pages and variants can be posted"),
            ({"account_id": "nobody"}, "there is no account nobody"),
            ({"account_id": "off"}, "the account @off is switched off"),
            (
                {"content_id": "variant-1", "account_id": "x-1"},
                "variant-1 was written for linkedin, the account @x-1 is on twitter",
            ),
            ({"content_id": "not an id"}, "invalid payload: content_id: String should match pattern"),
        ],
    )
    def test_what_cannot_be_posted_is_refused_by_name(self, bench: Bench, payload: dict[str, str], reason: str) -> None:
        bench.contents.put(a_variant(bench.clock()))
        bench.contents.put(a_post(bench.clock()))
        bench.connect("x-1")
        bench.connect("off", enabled=False)

        with pytest.raises(PermanentError) as refusal:
            bench.run(**payload)

        assert refusal.value.reason.startswith(reason)

    def test_content_of_another_organisation_does_not_exist(self, bench: Bench) -> None:
        bench.contents.put(a_page(bench.clock(), org_id="other", content_id="theirs"))

        with pytest.raises(PermanentError, match="there is no content theirs"):
            bench.run(content_id="theirs")


def test_the_post_of_a_paused_account_waits_untouched(bench: Bench) -> None:
    bench.connect("x-1")
    paused = {"state": AccountState.NEEDS_AUTHORISATION, "state_since": bench.clock()}
    bench.accounts.change("acme", "x-1", lambda account: account.model_copy(update=paused))

    with pytest.raises(AccountPaused, match="needs your authorisation"):
        bench.run(account_id="x-1")

    (post,) = bench.posts
    assert (post.state, post.claimed_at, post.error) == ("pending", None, None)
    assert bench.platform.accepted == []
