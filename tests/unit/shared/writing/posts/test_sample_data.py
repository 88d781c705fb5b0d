from functions.shared.domain.facts import DATA
from functions.shared.domain.network import Network
from functions.shared.writing.briefs import PostDraft
from functions.shared.writing.posts.write import brief_for, write_post
from tests.support.standins.model import ScriptedModel


def test_a_post_of_sample_data_says_so_even_where_the_model_does_not() -> None:
    model = ScriptedModel(answers={"twitter": PostDraft(text="Tea stands at 37%. " * 30)})
    brief = brief_for(Network.TWITTER, "Tea", seed="1", facts={DATA: "illustrative sample", "Tea": "37%"})
    assert write_post(brief, model=model).text.startswith("(Sample data) Tea stands at 37%.")


def test_a_post_that_says_so_already_is_left_alone() -> None:
    model = ScriptedModel(answers={"twitter": PostDraft(text="Tea stands at 37% (sample data).")})
    brief = brief_for(Network.TWITTER, "Tea", seed="1", facts={DATA: "illustrative sample", "Tea": "37%"})
    assert write_post(brief, model=model).text.startswith("Tea stands at 37% (sample data).")
