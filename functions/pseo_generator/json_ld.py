"""Structured data for search engines: Article, BreadcrumbList and Organization (https://schema.org)."""

import json
from typing import Any

from functions.pseo_generator.site import Site, index_key
from functions.shared.domain.content.model import Page
from functions.shared.kernel.clock import rfc3339


def json_ld(page: Page, *, organisation: str, site: Site, image_url: str | None) -> str:
    """The page's JSON-LD, safe to stand inside a script element."""
    home = site.url(index_key(page.org_id))
    publisher = {"@type": "Organization", "@id": f"{home}#publisher", "name": organisation, "url": home}
    article: dict[str, Any] = {
        "@type": "Article",
        "@id": f"{page.url}#article",
        "headline": page.title,
        "description": page.description,
        "keywords": list(page.keywords),
        "inLanguage": "en",
        "datePublished": rfc3339(page.created_at),
        "dateModified": rfc3339(page.updated_at),
        "mainEntityOfPage": page.url,
        "author": {"@id": publisher["@id"]},
        "publisher": {"@id": publisher["@id"]},
    }
    if image_url is not None:
        article["image"] = image_url
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": 1, "name": organisation, "item": home},
            {"@type": "ListItem", "position": 2, "name": page.title, "item": page.url},
        ],
    }
    graph = {"@context": "https://schema.org", "@graph": [publisher, article, crumbs]}
    return _inside_script(json.dumps(graph, ensure_ascii=False))


def _inside_script(text: str) -> str:
    """No `<` may stand in a script element: `</script>` would end it."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
