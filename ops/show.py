"""What the commands print at their end."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.api import Api
from ops.demo import DemoResult
from ops.deployment import Deployment
from ops.engine import Running

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

SHOWN = 10
_STATUSES = ("queued", "processing", "completed", "failed", "cancelled")


def open_console() -> Console:
    """The terminal; 120 columns where there is none, because tables cut at 80 are hard to read in a log."""
    return Console() if sys.stdout.isatty() else Console(width=120)


def show_addresses(console: Console, deployment: Deployment, outputs: dict[str, Any]) -> None:
    """Where to look next."""
    table = _pairs("Where to look")
    table.add_row("site", f"{outputs['site_url']}/demo/index.html")
    table.add_row("API", outputs["api_url"])
    table.add_row("API documentation", f"{outputs['api_url']}/openapi.json")
    table.add_row("call it", f"curl -H \"Authorization: Bearer $(./flywheel token)\" '{outputs['api_url']}/api/jobs'")
    table.add_row("addresses, tokens", str(deployment.outputs_file))
    table.add_row("engine's log", str(deployment.log("engine")))
    table.add_row("state of everything", "./flywheel status")
    table.add_row("stop, keeping it all", "make down")
    _print(console, table)


def show_demo(console: Console, result: DemoResult) -> None:
    """What the demo made, from what, and how long each part took."""
    posts = {post["parent_id"]: post for post in reversed(result.posts)}
    pages = Table(title="Pages and the post about each", title_justify="left", show_lines=True)
    for name in ("page", "address", "post"):
        pages.add_column(name, overflow="fold")
    for page in result.pages[:SHOWN]:
        pages.add_row(Text(page["title"]), page["url"], _post(posts.get(page["content_id"])))
    _print(console, pages)
    if len(result.pages) > SHOWN:
        console.print(f"... and {len(result.pages) - SHOWN} earlier pages")
    variants = Table(title=f"Variants of “{_topic(result)}”", title_justify="left", show_lines=True)
    for name in ("network", "characters", "text"):
        variants.add_column(name, overflow="fold")
    for variant in result.variants:
        variants.add_row(variant["network"], str(len(variant["text"])), Text(variant["text"]))
    _print(console, variants)
    _show_failures(console, result)
    _show_summary(console, result)


def show_status(
    console: Console,
    deployment: Deployment,
    outputs: dict[str, Any],
    *,
    engine: Running | None,
    sqs: "SQSClient",
    api: Api,
) -> None:
    """The engine, the API's health, the jobs and the queues."""
    table = _pairs("Flywheel")
    if engine is not None:
        policies = "enforced" if engine.enforces_iam else "not enforced"
        table.add_row("engine", f"pid {engine.pid}, {deployment.endpoint_url}, IAM policies {policies}")
    table.add_row("API", f"{outputs['api_url']} ({api.get('/health')['status']})")
    for status in _STATUSES:
        jobs = api.newest("/api/jobs", status=status)
        table.add_row(f"jobs {status}", "100 or more" if len(jobs) == 100 else str(len(jobs)))
    for name, url in sorted(outputs["queues"].items()):
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        table.add_row(f"queue {name}", f"{counts[names[0]]} waiting, {counts[names[1]]} in flight")
    _print(console, table)


def _show_summary(console: Console, result: DemoResult) -> None:
    table = _pairs("This run")
    table.add_row("market data", market_data(result.generated))
    table.add_row("made so far", f"{len(result.pages)} pages, {len(result.posts)} posts")
    for name, seconds in result.seconds.items():
        table.add_row(name, f"{seconds:.1f} s")
    _print(console, table)


def _show_failures(console: Console, result: DemoResult) -> None:
    for job in result.failed[:SHOWN]:
        line = f"{job['type']} {job['job_id']} failed: {job['error']}"
        console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)


def market_data(generated: Mapping[str, Any]) -> str:
    """Where the generator says its markets came from, in words."""
    captured = str(generated.get("sample_captured_at") or "an earlier day")[:10]
    known = {
        "polymarket": "live from Polymarket",
        "sample": f"the bundled sample, captured on {captured}, because Polymarket could not be reached",
    }
    return known.get(str(generated.get("source")), "none could be fetched yet")


def _post(post: dict[str, Any] | None) -> Text:
    if post is None:
        return Text("none yet", style="dim")
    text = Text(post["text"])
    text.append(f"\n{post['network']}, {post['publisher']}: {post['state']}", style="dim")
    return text


def _topic(result: DemoResult) -> str:
    return str(result.variants[0]["topic"]) if result.variants else "no topic"


def _pairs(title: str) -> Table:
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _print(console: Console, table: Table) -> None:
    console.print()
    console.print(table)
