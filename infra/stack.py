"""Flywheel as one stack: puts the parts together and says who may touch what. Decision 0023."""

import aws_cdk as cdk
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from infra.alarms import AlarmTopic
from infra.api import Api, Users
from infra.dashboard import add_dashboard
from infra.email import grant_send_email
from infra.fleet import FLEET, FunctionPlan, Timetable
from infra.index_steps import step_towards
from infra.observability import (
    alarm_on_api,
    alarm_on_jobs,
    alarm_on_misconfiguration,
    alarm_on_missed_ticks,
    alarm_on_queues,
    alarm_on_reconciler,
    alarm_on_runs,
    alarm_on_silence,
    count_runs,
)
from infra.outputs import add_outputs
from infra.python_function import PythonFunction, describe_bundling
from infra.schedules import Schedule
from infra.settings import DeploymentSettings
from infra.site import Site
from infra.storage import JOB_LISTS, Storage
from infra.user_schedules import UserSchedules
from infra.work_queue import DeadLetters, WorkQueue


class FlywheelStack(cdk.Stack):
    """Everything an operator deploys."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: DeploymentSettings) -> None:
        self._settings, self._identity = settings, settings.identity
        protected = self._identity.stage.is_protected
        super().__init__(
            scope,
            construct_id,
            description="Flywheel, a growth engine: pages, posts and their jobs",
            termination_protection=protected,
        )
        for name, value in self._identity.tags.items():
            cdk.Tags.of(self).add(name, value)
        if self.bundling_required:
            describe_bundling(self, settings.bundle_target)
        self._namespace = self._identity.metrics_namespace
        self.alarms = AlarmTopic(self, "Alarms", name=f"{construct_id} alarms", email=settings.alarm_email)
        self.storage = Storage(self, "Storage", identity=self._identity)
        self.site = Site(self, "Site", domain=settings.site_domain)
        self.functions = {plan.name: self._function(plan) for plan in FLEET}
        self.lanes = {lane.lane: lane for plan in FLEET for lane in self._lanes_of(plan)}
        self._connect_engine()
        self._connect_content()
        self._connect_models()
        self._connect_accounts()
        self._connect_context()
        self._connect_metrics()
        self._connect_notifications()
        self._connect_schedules()
        self._connect_dead_letters()
        for plan in FLEET:
            if plan.timetable:
                self._schedule(plan, plan.timetable)
        self._connect_counts()
        self.users = Users(self, "Users", protected=protected)
        self.api = Api(
            self,
            "Http",
            name=self._identity.api_name,
            function=self.functions["api"],
            users=self.users,
            domain=settings.api_domain,
            console_origin=settings.console_origin,
        )
        self._watch()
        self._tell()
        if settings.deployed_indexes is not None:
            step_towards(self, settings.deployed_indexes)

    @property
    def site_url(self) -> str:
        """Where readers reach the pages, without a slash at the end."""
        return (self._settings.site_url or self.site.url).replace("{bucket}", self.site.bucket.bucket_name)

    def _watch(self) -> None:
        alarm_on_api(self.api.http_api, alarms=self.alarms)
        alarm_on_reconciler(self, alarms=self.alarms, namespace=self._namespace)
        alarm_on_misconfiguration(self, alarms=self.alarms, namespace=self._namespace)
        for alarm in (alarm_on_runs, alarm_on_jobs, alarm_on_queues):
            alarm(self, alarms=self.alarms, namespace=self._namespace)
        add_dashboard(
            self,
            functions=self.functions,
            lanes=self.lanes,
            api=self.api.http_api,
            alarms=self.alarms,
            namespace=self._namespace,
        )

    def _tell(self) -> None:
        add_outputs(
            self,
            api=self.api,
            users=self.users,
            site=self.site,
            site_url=self.site_url,
            storage=self.storage,
            lanes=self.lanes,
            functions=self.functions,
        )

    def _function(self, plan: FunctionPlan) -> PythonFunction:
        chosen = self._settings.chosen(plan.settings)
        target = self._settings.bundle_target
        function = PythonFunction(self, plan=plan, environment=chosen, target=target, namespace=self._namespace)
        count_runs(function, plan=plan, namespace=self._namespace)
        return function

    def _lanes_of(self, plan: FunctionPlan) -> list[WorkQueue]:
        lanes = []
        for name in plan.consumes:
            timeout = cdk.Duration.seconds(plan.timeout_seconds)
            lane = WorkQueue(self, f"{name}-lane", lane=name, function_timeout=timeout)
            lane.feed(self.functions[plan.name], at_once=self._settings.at_once[name])
            lanes.append(lane)
        return lanes

    def _connect_engine(self) -> None:
        for plan in FLEET:
            function = self.functions[plan.name]
            queues = {lane: self.lanes[lane].queue for lane in plan.outgoing}
            urls = {lane: queue.queue_url for lane, queue in queues.items()}
            if urls:
                function.add_environment("QUEUE_URLS", self.to_json_string(urls))
            for queue in queues.values():
                queue.grant_send_messages(function)
            function.add_environment("JOBS_TABLE", self.storage.jobs.table_name)
            if plan.name != "notifier":
                self.storage.jobs.grant_use(function)
        for name in ("reconciler", "api", "pseo_generator", "analytics"):
            self.storage.jobs.grant_query_index(self.functions[name], "due")
        for index in JOB_LISTS:
            self.storage.jobs.grant_query_index(self.functions["api"], index)

    def _connect_content(self) -> None:
        table = self.storage.content_metadata
        for name in ("api", "pseo_generator", "content_generator", "social_poster", "analytics"):
            self.functions[name].add_environment("CONTENT_METADATA_TABLE", table.table_name)
            if name in ("api", "analytics"):
                table.grant_look_up(self.functions[name])
            else:
                table.grant_use(self.functions[name])
            table.grant_query_index(self.functions[name], "published" if name == "analytics" else "family")
        table.grant_query_index(self.functions["api"], "publications")
        generator = self.functions["pseo_generator"]
        generator.add_environment("SITE_BUCKET", self.site.bucket.bucket_name)
        generator.add_environment("SITE_URL", self.site_url)
        self.site.grant_publish(generator)

    def _connect_models(self) -> None:
        for name in ("pseo_generator", "content_generator", "social_poster"):
            self.functions[name].add_environment("OPENAI_SECRET_ID", self.storage.openai_secret_name)
            self.storage.grant_read_openai(self.functions[name])

    def _connect_accounts(self) -> None:
        for name in ("api", "pseo_generator", "social_poster", "scraper", "analytics"):
            self.functions[name].add_environment("ACCOUNTS_TABLE", self.storage.accounts.table_name)
            if name in ("api", "social_poster"):
                self.storage.accounts.grant_use(self.functions[name])
            elif name in ("pseo_generator", "analytics"):
                self.storage.accounts.grant_change(self.functions[name])
                self.storage.accounts.grant_query_index(self.functions[name], "due")
            else:
                self.storage.accounts.grant_look_up(self.functions[name])
        self.functions["api"].add_environment("ACCOUNT_SECRET_PREFIX", self._identity.account_secret_prefix)
        self.storage.grant_keep_account_secrets(self.functions["api"])
        self.storage.grant_renew_account_secrets(self.functions["social_poster"])
        self.storage.grant_read_account_secrets(self.functions["analytics"])
        for name in ("api", "social_poster"):
            self.functions[name].add_environment("X_APP_SECRET_ID", self.storage.x_app_secret_name)
            self.storage.grant_read_x_app(self.functions[name])

    def _connect_context(self) -> None:
        table = self.storage.context
        for name in ("api", "scraper", "pseo_generator", "content_generator"):
            self.functions[name].add_environment("CONTEXT_TABLE", table.table_name)
            if name in ("api", "scraper"):
                table.grant_use(self.functions[name])
            else:
                table.grant_look_up(self.functions[name])
            if name != "scraper":
                table.grant_query_index(self.functions[name], "by_origin")
        table.grant_query_index(self.functions["scraper"], "due")
        for name in ("api", "scraper"):
            self.functions[name].add_environment("UPLOADS_BUCKET", self.storage.uploads.bucket_name)
        self.storage.grant_upload(self.functions["api"])
        self.storage.grant_read_uploads(self.functions["scraper"])

    def _connect_metrics(self) -> None:
        for name in ("api", "analytics", "content_generator", "social_poster"):
            self.functions[name].add_environment("METRICS_TABLE", self.storage.metrics.table_name)
            if name == "analytics":
                self.storage.metrics.grant_use(self.functions[name])
            else:
                self.storage.metrics.grant_look_up(self.functions[name])

    def _connect_dead_letters(self) -> None:
        """The API shows them and sends them back; sending to the lanes themselves is granted with the engine."""
        names = {name: lane.dead_letters.queue_name for name, lane in self.lanes.items()}
        self.functions["api"].add_environment("DEAD_LETTER_NAMES", self.to_json_string(names))
        timetables = {plan.name: plan.timetable.expression for plan in FLEET if plan.timetable}
        self.functions["api"].add_environment("TIMETABLES", self.to_json_string(timetables))
        for lane in self.lanes.values():
            lane.dead_letters.grant_redrive(self.functions["api"])

    def _connect_counts(self) -> None:
        """The reconciler counts dead letters and missed ticks."""
        reconciler = self.functions["reconciler"]
        counted = {
            "DeadLetters": [lane.dead_letters for lane in self.lanes.values()],
            "MissedTicks": self._missed,
        }
        names = {name: [queue.queue_name for queue in queues] for name, queues in counted.items()}
        reconciler.add_environment("COUNTED_QUEUES", self.to_json_string(names))
        for queues in counted.values():
            for queue in queues:
                queue.grant_count(reconciler)

    def _connect_schedules(self) -> None:
        group, target = self._identity.schedule_group, self.functions["scheduler_tick"]
        schedules = UserSchedules(self, "UserSchedules", group=group, target=target)
        self._missed = [schedules.dead_letters]
        for name in ("api", "reconciler"):
            schedules.let_keep(self.functions[name])
        alarm_on_missed_ticks(self, alarms=self.alarms, namespace=self._namespace)

    def _connect_notifications(self) -> None:
        api, notifier = self.functions["api"], self.functions["notifier"]
        api.add_environment("WEBHOOK_SECRET_PREFIX", self._identity.webhook_secret_prefix)
        self.storage.jobs.grant_make_and_change(notifier)
        self.storage.grant_keep_webhook_keys(api)
        self.storage.grant_read_webhook_keys(notifier)
        grant_send_email(notifier, sender=self._settings.overrides.get("EMAIL_FROM"))

    def _schedule(self, plan: FunctionPlan, timetable: Timetable) -> None:
        function = self.functions[plan.name]
        missed = DeadLetters(self, f"{plan.name}-missed")
        self._missed.append(missed)
        Schedule(self, f"{plan.name}-schedule", timetable=timetable, function=function, dead_letters=missed)
        # Scheduler hands over and is done: what fails after that is Lambda's to retry, at most twice, and to keep.
        function.configure_async_invoke(
            on_failure=destinations.SqsDestination(missed),
            retry_attempts=min(timetable.retries, 2),
            max_event_age=cdk.Duration.minutes(timetable.give_up_minutes),
        )
        alarm_on_silence(function, plan=plan, timetable=timetable, alarms=self.alarms, namespace=self._namespace)
