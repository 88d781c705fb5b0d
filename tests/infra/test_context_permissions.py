"""Who may look through the context of one source or document."""

from infra.fleet import FLEET
from tests.infra.template import Template


def test_the_items_of_one_source_are_open_to_those_who_show_them_and_who_write_with_them(template: Template) -> None:
    index = f"{template.environment('api')['CONTEXT_TABLE']}/index/by_origin"
    users = {plan.name for plan in FLEET if index in template.may(plan.name, "dynamodb:Query")}
    assert users == {"api", "pseo_generator", "content_generator"}
