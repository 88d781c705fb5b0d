"""Brings the site's shared objects up to date: indexes, sitemaps, feeds, robots.txt, the stylesheet.

Several jobs do this at the same time. Each reads an object's etag before it lists the pages, and writes only if the
etag is still the same: whoever writes last has listed what all before it stored, so no page is ever lost.
"""

from collections.abc import Callable, Iterator

from functions.pseo_generator import render, site
from functions.pseo_generator.press import Press
from functions.shared.errors import TransientError
from functions.shared.store.objects import ObjectStore, PreconditionFailed

_TRIES = 10

Render = Callable[[], bytes]


def rebuild_site(org_id: str, *, press: Press) -> None:
    """Publish the organisation's index, sitemap and feed and the site's root, wherever they are not as they should."""
    key, content = site.stylesheet()
    if press.objects.get(key) is None:
        press.objects.put(key, content, site.CSS, cache_control=site.IMMUTABLE)
    for key, media_type, produce in (*_of_organisation(org_id, press), *_of_root(press)):
        _put_current(key, media_type, produce, objects=press.objects)


def _of_organisation(org_id: str, press: Press) -> Iterator[tuple[str, str, Render]]:
    yield (
        site.index_key(org_id),
        site.HTML,
        lambda: render.render_index(press.organisation(org_id), press.pages(org_id), site=press.site),
    )
    yield site.sitemap_key(org_id), site.XML, lambda: render.render_sitemap(press.pages(org_id), site=press.site)
    yield (
        site.feed_key(org_id),
        site.ATOM,
        lambda: render.render_feed(press.organisation(org_id), press.pages(org_id), site=press.site),
    )


def _of_root(press: Press) -> Iterator[tuple[str, str, Render]]:
    organisations = press.accounts.organisations
    yield "index.html", site.HTML, lambda: render.render_publishers(organisations(), site=press.site)
    yield "robots.txt", site.TEXT, lambda: render.render_robots(organisations(), site=press.site)
    yield "404.html", site.HTML, lambda: render.render_missing(site=press.site)


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
