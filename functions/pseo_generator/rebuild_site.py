"""Brings the site's shared objects up to date: indexes, sitemaps, feeds, robots.txt, the stylesheet.

Several jobs do this at the same time. Each reads an object's etag before it lists the pages, and writes only if the
etag is still the same: whoever writes last has listed what all before it stored, so no page is ever lost.
"""

from collections.abc import Callable, Iterator

from functions.pseo_generator import render, site
from functions.pseo_generator.services import Services
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.objects.store import ObjectStore, PreconditionFailed

_TRIES = 10

Render = Callable[[], bytes]


def rebuild_site(org_id: str, *, services: Services) -> None:
    """Publish the organisation's index, sitemap and feed and the site's root, wherever they are not as they should."""
    key, content = site.stylesheet()
    if services.objects.get(key) is None:
        services.objects.put(key, content, site.CSS, cache_control=site.IMMUTABLE)
    for key, media_type, produce in (*_of_organisation(org_id, services), *_of_root(services)):
        _put_current(key, media_type, produce, objects=services.objects)


def _of_organisation(org_id: str, services: Services) -> Iterator[tuple[str, str, Render]]:
    yield (
        site.index_key(org_id),
        site.HTML,
        lambda: render.render_index(services.organisation(org_id), services.pages(org_id), site=services.site),
    )
    yield site.sitemap_key(org_id), site.XML, lambda: render.render_sitemap(services.pages(org_id), site=services.site)
    yield (
        site.feed_key(org_id),
        site.ATOM,
        lambda: render.render_feed(services.organisation(org_id), services.pages(org_id), site=services.site),
    )


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
