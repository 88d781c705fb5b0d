"""Excerpts as a language model is shown them: between tags that nothing in them can close."""

from collections.abc import Iterable

from functions.shared.domain.context.model import Excerpt


def as_material(excerpts: Iterable[Excerpt]) -> str:
    """A <context> element for each excerpt, with its title, address and text; empty without any."""
    return "\n".join(_element(excerpt) for excerpt in excerpts)


def delimited(name: str, text: str) -> str:
    """An element that holds the text, and only ends where it ends."""
    return f"<{name}>\n{text.replace('<', '‹').replace('>', '›')}\n</{name}>"


def _element(excerpt: Excerpt) -> str:
    published = excerpt.published_at
    labelled = {
        "title": excerpt.title,
        "source": excerpt.origin,
        "address": excerpt.url,
        "published": f"{published:%Y-%m-%d}" if published else None,
    }
    lines = [f"{label}: {' '.join(value.split())}" for label, value in labelled.items() if value]
    return delimited("context", "\n".join([*lines, "", excerpt.text]))
