"""The Lambdas: how big, how long, which queues, and which settings an operator may override."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FAMILIES = ("pages", "content", "social", "scraping", "analytics")
NOTICES = "notices"

_ENGINE = (
    "RETRY_DELAYS",
    "LONGEST_DEFERRAL_SECONDS",
    "MOST_DEFERRALS",
    "LEASE_SECONDS",
    "HEARTBEAT_SECONDS",
    "DISPATCH_GRACE_SECONDS",
    "REDISPATCH_AFTER_SECONDS",
    "ACTIVE_JOBS_PER_ORG",
    "JOB_RETENTION_DAYS",
    "POWERTOOLS_LOG_LEVEL",
)
_SCHEDULES = ("SCHEDULE_GRACE_SECONDS",)
_CIRCUITS = ("CIRCUIT_FAILURES", "CIRCUIT_PAUSE_SECONDS", "CIRCUIT_LONGEST_PAUSE_SECONDS")
_FETCHING = (
    "LOOPBACK_SOURCES",
    "FETCH_CONTACT",
    "CONTEXT_RETENTION_DAYS",
    "SOURCES_PER_TICK",
    "SOURCES_PER_ORG_AND_TICK",
)
_LEARNING = ("LEARNING_AGE_HOURS",)
_MODEL = ("AI_PROVIDER", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_IMAGE_MODEL", *_CIRCUITS)


@dataclass(frozen=True)
class Timetable:
    """When a Lambda starts by itself, in UTC.

    A tick that cannot be started is tried again up to `retries` times within `give_up_minutes`.
    No tick at all in `silence_periods` windows of `silence_minutes` each raises an alarm.
    """

    expression: str
    retries: int
    give_up_minutes: int
    silence_minutes: int
    silence_periods: int


@dataclass(frozen=True)
class FunctionPlan:
    """One Lambda, `functions/<name>`.

    `consumes` are the lanes it works off, each with how many of its jobs run at the same time.
    `sends_to` are the queue families it may send to; a consumer's own is among them, because a retry is a new message.
    `sends_to_lanes` are lanes without a high one beside them.
    `runs` are the types of jobs it works on.
    `settings` are the variables it accepts from `FLYWHEEL_<NAME>`.
    `is_traced` Lambdas send X-Ray what each of their calls took, which is billed by the run.
    Memory also buys CPU: 1,769 MB is one virtual CPU, and importing a model's library is CPU work.
    """

    name: str
    memory_mb: int
    timeout_seconds: int
    settings: tuple[str, ...]
    sends_to: tuple[str, ...]
    consumes: Mapping[str, int] = field(default_factory=dict)
    runs: tuple[str, ...] = ()
    sends_to_lanes: tuple[str, ...] = ()
    timetable: Timetable | None = None
    is_traced: bool = True

    @property
    def construct_id(self) -> str:
        """`social_poster` is `SocialPoster` in the template."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def outgoing(self) -> tuple[str, ...]:
        """The lanes it may send to, as named in its `QUEUE_URLS`: a family and the same with `-high`."""
        families = tuple(lane for family in self.sends_to for lane in (family, f"{family}-high"))
        return families + self.sends_to_lanes

    @property
    def sends_to_itself(self) -> bool:
        """Whether Lambda's recursive-loop detection must be told that the loop is meant (it stops one at 16 turns).

        The job engine bounds these loops: four runs of a job, three recoveries.
        """
        return not set(self.consumes).isdisjoint(self.outgoing)


API = FunctionPlan(
    name="api",
    memory_mb=1024,
    timeout_seconds=29,  # an HTTP API gives up after 30
    sends_to_lanes=(NOTICES,),  # its dead letters are sent back by the API, too
    settings=(
        *_ENGINE,
        *_SCHEDULES,
        "ALLOW_LOOPBACK_WEBHOOKS",
        "LOOPBACK_SOURCES",
        "X_API_BASE_URL",
        "X_AUTHORIZE_URL",
        "CALLS_PER_ORG",
    ),
    sends_to=FAMILIES,
)
PSEO_GENERATOR = FunctionPlan(
    name="pseo_generator",
    memory_mb=1024,
    timeout_seconds=300,
    settings=(*_ENGINE, *_MODEL, "POLYMARKET_BASE_URL", "MARKET_SAMPLE_FALLBACK", "PAGES_PER_RUN"),
    sends_to=("pages", "social"),
    consumes={"pages": 4, "pages-high": 2},
    runs=("GENERATE_PAGE",),
    timetable=Timetable(
        # Pages are due once a day; this is how soon after that they are planned.
        expression="rate(5 minutes)",
        retries=0,
        give_up_minutes=5,
        silence_minutes=10,
        silence_periods=3,
    ),
)
CONTENT_GENERATOR = FunctionPlan(
    name="content_generator",
    memory_mb=1024,
    timeout_seconds=300,
    settings=(*_ENGINE, *_MODEL),
    sends_to=("content",),
    consumes={"content": 6, "content-high": 4},
    runs=("GENERATE_CONTENT",),
)
SOCIAL_POSTER = FunctionPlan(
    name="social_poster",
    memory_mb=1024,
    timeout_seconds=120,
    settings=(*_ENGINE, *_MODEL, "X_API_BASE_URL", "X_SETTLE_SECONDS"),
    sends_to=("social",),
    consumes={"social": 6, "social-high": 4},
    runs=("PUBLISH_CONTENT", "REFRESH_TOKEN"),
)
SCRAPER = FunctionPlan(
    name="scraper",
    memory_mb=1024,
    timeout_seconds=120,
    settings=(*_ENGINE, *_FETCHING),
    sends_to=("scraping",),
    consumes={"scraping": 20, "scraping-high": 10},
    runs=("SCRAPE_WEBSITE", "SYNC_RSS", "PROCESS_DOCUMENT"),
    # A source has a time of its own, by default every six hours; this is how soon after it the source is read.
    timetable=Timetable(
        expression="rate(5 minutes)", retries=0, give_up_minutes=5, silence_minutes=10, silence_periods=3
    ),
)
ANALYTICS = FunctionPlan(
    name="analytics",
    memory_mb=512,
    timeout_seconds=180,
    settings=(*_ENGINE, *_CIRCUITS, *_LEARNING, "X_API_BASE_URL", "METRICS_RETENTION_DAYS"),
    sends_to=("analytics", "social"),
    consumes={"analytics": 40, "analytics-high": 20},
    runs=("SYNC_ANALYTICS",),
    timetable=Timetable(
        expression="rate(5 minutes)", retries=0, give_up_minutes=5, silence_minutes=10, silence_periods=3
    ),
)
RECONCILER = FunctionPlan(
    name="reconciler",
    memory_mb=512,
    timeout_seconds=55,  # over before its next minute begins
    is_traced=False,  # most of its runs find nothing
    sends_to_lanes=(NOTICES,),
    settings=(*_ENGINE, *_SCHEDULES),
    sends_to=FAMILIES,
    # No retries: the next minute's tick does what this one could not.
    timetable=Timetable(
        expression="rate(1 minute)", retries=0, give_up_minutes=1, silence_minutes=1, silence_periods=5
    ),
)
SCHEDULER_TICK = FunctionPlan(
    name="scheduler_tick",
    memory_mb=512,
    timeout_seconds=30,
    settings=(*_ENGINE, *_SCHEDULES),
    sends_to=FAMILIES,
)
NOTIFIER = FunctionPlan(
    name="notifier",
    memory_mb=512,
    timeout_seconds=120,
    settings=("EMAIL_FROM", "GATHER_SECONDS", "ALLOW_LOOPBACK_WEBHOOKS", "POWERTOOLS_LOG_LEVEL"),
    sends_to=(),
    consumes={NOTICES: 4},
)
FLEET = (
    API,
    PSEO_GENERATOR,
    CONTENT_GENERATOR,
    SOCIAL_POSTER,
    SCRAPER,
    ANALYTICS,
    RECONCILER,
    SCHEDULER_TICK,
    NOTIFIER,
)
