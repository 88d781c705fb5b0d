"""An administrator finds a dead letter, sees why, and sends it back."""

from typing import Any

from tests.e2e.test_main_job import finished
from tests.e2e.world import World, wait_for
from tests.support.standins.openai_api import ModelAbout


def test_an_administrator_sends_one_dead_letter_back_and_its_job_completes(
    world: World, model_about: ModelAbout
) -> None:
    admin, lane, openai = world.api("admin"), "/api/dead-letters/content-high", model_about("A wrong key")
    openai.fail_with(401)
    with world.settings("content_generator", AI_PROVIDER="openai", OPENAI_BASE_URL=openai.base_url):
        body = {"topic": "A wrong key", "platforms": ["twitter"], "priority": "high"}
        job_id = world.api().post("/api/ai/generate", json=body).json()["job_id"]
        assert finished(world, job_id)["status"] == "failed"

        def shown() -> Any:
            answer = admin.get(lane).raise_for_status().json()
            return [letter for letter in answer["items"] if letter["job_id"] == job_id]

        (letter,) = wait_for(shown)
        assert "API key" in letter["reason"]
        counts = {each["lane"]: each["messages"] for each in admin.get("/api/dead-letters").json()["items"]}
        assert counts["content-high"] >= 1
        assert world.api().get("/api/dead-letters").status_code == 403

        openai.fail_with(None)
        answer = admin.post(f"{lane}/redrive", json={"job_ids": [job_id]})
        assert (answer.status_code, answer.json()["moved"]) == (202, 1), answer.text
        job = wait_for(lambda: completed(world, job_id))
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["failed", "completed"]
    assert shown() == []


def test_all_dead_letters_of_a_queue_are_sent_back_without_sqs_own_move_task(world: World) -> None:
    url = world.outputs["queues"]["pages-high-dlq"]
    for number in range(3):
        world.aws.sqs.send_message(QueueUrl=url, MessageBody=f"no pointer {number}", MessageGroupId="demo")
    answer = world.api("operator").post("/api/dead-letters/pages-high/redrive", json={})
    assert (answer.status_code, answer.json()) == (
        202,
        {"lane": "pages-high", "moved": 3, "remaining": 0, "is_moving": False},
    )
    # They still make no sense: after their five receives they are dead letters again.
    wait_for(lambda: world.messages_in("pages-high-dlq") == 3)


def completed(world: World, job_id: str) -> Any:
    job = world.job(job_id)
    return job if job["status"] == "completed" else None
