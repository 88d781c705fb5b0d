"""What the commands print at their end."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.misspelt import misspelt
from ops.api import Api
from ops.demo import DemoResult
from ops.demo_context import Reading
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
    _print_pairs(
        console,
        "Where to look",
        {
            "site": f"{outputs['site_url']}/demo/index.html",
            "API": outputs["api_url"],
            "API documentation": f"{outputs['api_url']}/openapi.json",
            "call it": f'curl -H "Authorization: Bearer $(./flywheel token)" {outputs["api_url"]}/api/jobs',
            "addresses and tokens": str(deployment.outputs_file),
            "engine's log": str(deployment.log("engine")),
            "state of everything": "./flywheel status",
            "stop, keeping it all": "make down",
        },
    )


def warn_of_misspelt(console: Console, deployment: Deployment) -> None:
    """Name the settings that would do nothing."""
    for sentence in misspelt(deployment.settings):
        console.print(sentence, style="yellow", markup=False, highlight=False, soft_wrap=True)


def show_demo(console: Console, result: DemoResult) -> None:
    """What the demo made, from what, and how long each part took."""
    _show_pages(console, result)
    _show_reading(console, result.reading)
    _show_variants(console, result.variants)
    _show_results(console, result)
    for job in result.failed[:SHOWN]:
        line = f"{job['type']} {job['job_id']} failed: {job['error']}"
        console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    seconds = {name: f"{seconds:.1f} s" for name, seconds in result.seconds.items()}
    made = {
        "market data": market_data(result.generated),
        "made so far": f"{len(result.pages)} pages, {len(result.posts)} posts",
    }
    _print_pairs(console, "This run", made | seconds)


def market_data(generated: Mapping[str, Any]) -> str:
    """Where the generator says its markets came from, in words."""
    captured = str(generated.get("sample_captured_at") or "an earlier day")[:10]
    known = {
        "polymarket": "live from Polymarket",
        "sample": f"the bundled sample, captured on {captured}, because Polymarket could not be reached",
    }
    return known.get(str(generated.get("source")), "none could be fetched yet")


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
    shown: dict[str, str] = {}
    if engine is not None:
        policies = "enforced" if engine.enforces_iam else "not enforced"
        shown["engine"] = f"pid {engine.pid}, {deployment.endpoint_url}, IAM policies {policies}"
    shown["API"] = f"{outputs['api_url']} ({api.get('/health')['status']})"
    for status in _STATUSES:
        jobs = api.newest("/api/jobs", status=status)
        shown[f"jobs {status}"] = "100 or more" if len(jobs) == 100 else str(len(jobs))
    for name, url in sorted(outputs["queues"].items()):
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        shown[f"queue {name}"] = f"{counts[names[0]]} waiting, {counts[names[1]]} in flight"
    _print_pairs(console, "Flywheel", shown)


def _show_pages(console: Console, result: DemoResult) -> None:
    posts = {post["parent_id"]: post for post in reversed(result.posts)}
    table = _table("Pages, and the post about each", "", "page", "post")
    shown = list(enumerate(result.pages[:SHOWN], start=1))
    for number, page in shown:
        table.add_row(str(number), Text(page["title"]), _post(posts.get(page["content_id"])))
    console.print()
    console.print(table)
    _print_pairs(console, "Addresses of the pages", {str(number): page["url"] for number, page in shown})
    if len(result.pages) > SHOWN:
        console.print(f"  and {len(result.pages) - SHOWN} earlier pages")


def _show_reading(console: Console, reading: Reading) -> None:
    table = _table("Read for context", "source", "what came of it")
    for source in reading.sources:
        fetch = source["last_fetch"] or {"outcome": "not fetched yet"}
        counts = ", ".join(f"{fetch[name]} {name}" for name in ("new", "changed", "unchanged") if fetch.get(name))
        told = f"{fetch['outcome']}: {counts}" if counts else fetch["outcome"]
        table.add_row(Text(f"{source['kind']} {source['url']}"), f"{told}\n{source['health']}")
    console.print()
    console.print(table)
    titles = {f"{number}": item["title"] for number, item in enumerate(reading.items[:SHOWN], start=1)}
    _print_pairs(console, "Newest context items", titles)


def _show_results(console: Console, result: DemoResult) -> None:
    """What is known of how the posts did: of preview posts, plainly, nothing."""
    counts = Counter[str]()
    for each in result.summary["without_metrics"]:
        counts[each["reason"]] += each["posts"]
    gained = result.summary["current"]
    if gained["posts"]:
        counts[f"gained {gained['engagements']} engagements from {gained['impressions']} impressions"] = gained["posts"]
    if counts:
        _print_pairs(console, "How posts did", [(f"{posts} posts", told) for told, posts in counts.items()])


def _show_variants(console: Console, variants: Sequence[Mapping[str, Any]]) -> None:
    topic = variants[0]["topic"] if variants else "no topic"
    table = _table(f"Variants of “{topic}”", "network", "characters", "text")
    for variant in variants:
        table.add_row(variant["network"], str(len(variant["text"])), Text(variant["text"]))
    console.print()
    console.print(table)
    used = {excerpt["item_id"]: excerpt["title"] for variant in variants for excerpt in variant["context"]}
    titles = {str(number): title for number, title in enumerate(used.values(), start=1)}
    _print_pairs(console, "The context they were written with", titles or {"none": "nothing read is about this topic"})


def _post(post: Mapping[str, Any] | None) -> Text:
    if post is None:
        return Text("none yet", style="dim")
    text = Text(post["text"])
    text.append(f"\n{post['network']}, {post['publisher']}: {post['state']}", style="dim")
    return text


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", show_lines=True)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _print_pairs(console: Console, title: str, pairs: Mapping[str, str] | Sequence[tuple[str, str]]) -> None:
    """Lines, not a table: a long address must stay on one line to be copied."""
    lines = list(pairs.items()) if isinstance(pairs, Mapping) else pairs
    width = max((len(name) for name, _ in lines), default=0)
    console.print(f"\n[bold]{title}[/]")
    for name, value in lines:
        console.print(f"  {name:<{width}}  {value}", markup=False, highlight=False, soft_wrap=True)
