"""Where everything of the published site lies: object keys, addresses, the stylesheet."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TEMPLATES = Path(__file__).with_name("page_template")

HTML = "text/html; charset=utf-8"
XML = "application/xml"
ATOM = "application/atom+xml"
TEXT = "text/plain; charset=utf-8"
CSS = "text/css; charset=utf-8"

SHORT_LIVED = "public, max-age=300"
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Site:
    """The site's address, without a slash at its end."""

    base_url: str

    def url(self, key: str) -> str:
        """The address of an object."""
        return f"{self.base_url.rstrip('/')}/{key}"


def page_key(org_id: str, slug: str) -> str:
    return f"{org_id}/{slug}.html"


def picture_key(org_id: str, slug: str, extension: str) -> str:
    return f"{org_id}/images/{slug}.{extension}"


def index_key(org_id: str) -> str:
    return f"{org_id}/index.html"


def month_key(org_id: str, month: str) -> str:
    """The list of a month's pages, in a folder where no page is, as pages are named by any slug."""
    return f"{org_id}/months/{month}.html"


def sitemap_key(org_id: str) -> str:
    return f"{org_id}/sitemap.xml"


def month_sitemap_key(org_id: str, month: str) -> str:
    return f"{org_id}/sitemap-{month}.xml"


def feed_key(org_id: str) -> str:
    return f"{org_id}/feed.xml"


@cache
def stylesheet() -> tuple[str, bytes]:
    """Key and content of the stylesheet: a changed one has another key, so that it may be cached for ever."""
    content = (TEMPLATES / "site.css").read_bytes()
    return f"assets/site-{hashlib.sha256(content).hexdigest()[:12]}.css", content
