"""Brings the site's shared objects up to date: indexes, sitemaps, feeds, robots.txt, the stylesheet. Decision 0028.

Several jobs do this at the same time. Each reads an object's etag before it lists the pages, and writes only if the
etag is still the same: whoever writes last has listed what all before it stored, so no page is ever lost.
"""

from collections.abc import Callable, Iterable, Iterator

from functions.pseo_generator import render, site
from functions.pseo_generator.list_pages import take_in_pages
from functions.pseo_generator.services import Services
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.objects.store import ObjectStore, PreconditionFailed

LISTED = 15
"""So many of the newest pages are on the index, in the feed, and may be related to a new one; the months list all."""

_TRIES = 10
_AT_ROOT = "at root"

Render = Callable[[], bytes]


def rebuild_site(org_id: str, month: str, *, services: Services) -> None:
    """Publish what lists the organisation's newest pages and those of `month`, wherever it is not as it should be.

    The cost does not grow with the number of pages: those of other months are listed where they are.
    """
    key, content = site.stylesheet()
    if services.objects.get(key) is None:
        services.objects.put(key, content, site.CSS, cache_control=site.IMMUTABLE)
    months = services.cards.months(org_id) if take_in_pages(org_id, services=services) else [month]
    for each in months:
        _put_all(_of_month(org_id, each, services), services.objects)
    _put_all(_of_organisation(org_id, services), services.objects)
    _list_at_root(org_id, services)


def _put_all(objects: Iterable[tuple[str, str, Render]], store: ObjectStore) -> None:
    for key, media_type, produce in objects:
        _put_current(key, media_type, produce, objects=store)


def _of_month(org_id: str, month: str, services: Services) -> Iterator[tuple[str, str, Render]]:
    """A month without pages has no list."""
    if not services.cards.of_month(org_id, month):
        return

    def listed() -> bytes:
        pages = services.cards.of_month(org_id, month)
        return render.render_month(services.organisation(org_id), month, pages, site=services.site)

    yield site.month_key(org_id, month), site.HTML, listed
    yield (
        site.month_sitemap_key(org_id, month),
        site.XML,
        lambda: render.render_sitemap(services.cards.of_month(org_id, month), site=services.site),
    )


def _of_organisation(org_id: str, services: Services) -> Iterator[tuple[str, str, Render]]:
    cards = services.cards

    def index() -> bytes:
        newest = cards.newest(org_id, limit=LISTED)
        return render.render_index(services.organisation(org_id), newest, cards.months(org_id), site=services.site)

    def feed() -> bytes:
        return render.render_feed(services.organisation(org_id), cards.newest(org_id, limit=LISTED), site=services.site)

    yield site.index_key(org_id), site.HTML, index
    yield (
        site.sitemap_key(org_id),
        site.XML,
        lambda: render.render_sitemaps(org_id, cards.months(org_id), site=services.site),
    )
    yield site.feed_key(org_id), site.ATOM, feed


def _list_at_root(org_id: str, services: Services) -> None:
    """List all organisations anew when this one is not among them yet, or under another name or address."""
    known = f"{services.organisation(org_id).name} at {services.site.base_url}"
    if services.cards.noted(org_id, _AT_ROOT) != known:
        _put_all(_of_root(services), services.objects)
        services.cards.note(org_id, _AT_ROOT, known)


def _of_root(services: Services) -> Iterator[tuple[str, str, Render]]:
    organisations = services.organisations.all
    yield "index.html", site.HTML, lambda: render.render_publishers(organisations(), site=services.site)
    yield "robots.txt", site.TEXT, lambda: render.render_robots(organisations(), site=services.site)
    yield "404.html", site.HTML, lambda: render.render_missing(site=services.site)


def _put_current(key: str, media_type: str, produce: Render, *, objects: ObjectStore) -> None:
    for _ in range(_TRIES):
        stored = objects.get(key)
        content = produce()
        if stored is not None and stored[0] == content:
            return
        condition = {"if_match": stored[1]} if stored is not None else {}
        try:
            objects.put(key, content, media_type, cache_control=site.SHORT_LIVED, if_absent=stored is None, **condition)
        except PreconditionFailed:
            continue
        return
    raise TransientError(f"{key} was changed {_TRIES} times by other jobs while it was being rebuilt")
