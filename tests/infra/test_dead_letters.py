"""Who may touch dead letters: the API alone, for administrators."""

import pytest

from infra.fleet import FLEET
from tests.infra.template import Template

TAKING = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "StartMessageMoveTask")


def lanes_dead_letters(template: Template) -> set[str]:
    """The dead-letter queues that belong to a lane."""
    return {queue for queue in template.all("SQS::Queue") if "lane" in queue and "DeadLetters" in queue}


@pytest.mark.parametrize("action", TAKING)
def test_only_the_api_takes_messages_out_of_the_lanes_dead_letter_queues(template: Template, action: str) -> None:
    dead = lanes_dead_letters(template)
    assert dead
    takers = {plan.name for plan in FLEET if template.may(plan.name, f"sqs:{action}") & dead}
    assert takers == {"api"}
    assert template.may("api", f"sqs:{action}") == dead


def test_the_api_knows_the_dead_letter_queue_of_each_lane_it_sends_to(template: Template) -> None:
    names = template.environment("api")["DEAD_LETTER_NAMES"]
    assert all(queue in names for queue in lanes_dead_letters(template))
