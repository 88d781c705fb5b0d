"""The Lambdas: how big, how long, which queues, and which settings an operator may override."""

from dataclasses import dataclass

FAMILIES = ("pages", "content", "social")
PRIORITIES = ("normal", "high")

_ENGINE = (
    "RETRY_DELAYS",
    "LEASE_SECONDS",
    "HEARTBEAT_SECONDS",
    "DISPATCH_GRACE_SECONDS",
    "REDISPATCH_AFTER_SECONDS",
    "ACTIVE_JOBS_PER_ORG",
    "JOB_RETENTION_DAYS",
    "POWERTOOLS_LOG_LEVEL",
)
_MODEL = ("AI_PROVIDER", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_IMAGE_MODEL")


@dataclass(frozen=True)
class FunctionPlan:
    """One Lambda, `functions/<name>`.

    `consumes` is the queue family it works off; `at_once` how many of its jobs run at the same time per lane.
    `sends_to` are the families it may send to; a consumer's own is among them, because a retry is a new message.
    `settings` are the variables it accepts from `FLYWHEEL_<NAME>`.
    Memory also buys CPU: 1,769 MB is one virtual CPU, and importing a model's library is CPU work.
    """

    name: str
    memory_mb: int
    timeout_seconds: int
    settings: tuple[str, ...]
    sends_to: tuple[str, ...]
    consumes: str | None = None
    at_once: tuple[tuple[str, int], ...] = ()

    @property
    def construct_id(self) -> str:
        """`social_poster` is `SocialPoster` in the template."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def sends_to_itself(self) -> bool:
        """Whether Lambda's recursive-loop detection must be told that the loop is meant (it stops one at 16 turns).

        The job engine bounds these loops: four runs of a job, three recoveries.
        """
        return self.consumes in self.sends_to


API = FunctionPlan(
    name="api",
    memory_mb=1024,
    timeout_seconds=29,  # an HTTP API gives up after 30
    settings=_ENGINE,
    sends_to=FAMILIES,
)
PSEO_GENERATOR = FunctionPlan(
    name="pseo_generator",
    memory_mb=1024,
    timeout_seconds=300,
    settings=(*_ENGINE, *_MODEL, "POLYMARKET_BASE_URL", "MARKET_SAMPLE_FALLBACK", "PAGES_PER_RUN"),
    sends_to=("pages", "social"),
    consumes="pages",
    at_once=(("normal", 4), ("high", 2)),
)
CONTENT_GENERATOR = FunctionPlan(
    name="content_generator",
    memory_mb=1024,
    timeout_seconds=300,
    settings=(*_ENGINE, *_MODEL),
    sends_to=("content",),
    consumes="content",
    at_once=(("normal", 6), ("high", 4)),
)
SOCIAL_POSTER = FunctionPlan(
    name="social_poster",
    memory_mb=1024,
    timeout_seconds=120,
    settings=(*_ENGINE, *_MODEL, "X_API_BASE_URL", "X_SETTLE_SECONDS"),
    sends_to=("social",),
    consumes="social",
    at_once=(("normal", 6), ("high", 4)),
)
RECONCILER = FunctionPlan(
    name="reconciler",
    memory_mb=512,
    timeout_seconds=55,  # over before its next minute begins
    settings=_ENGINE,
    sends_to=FAMILIES,
)
FLEET = (API, PSEO_GENERATOR, CONTENT_GENERATOR, SOCIAL_POSTER, RECONCILER)


def lane_name(family: str, priority: str) -> str:
    """The queue's name in the `QUEUE_URLS` setting: the family, with `-high` for the high lane."""
    return family if priority == "normal" else f"{family}-{priority}"
