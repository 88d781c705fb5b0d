"""Has the model write a post, and makes of its draft what may be published."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from functions.shared.domain.content.model import WrittenBy
from functions.shared.domain.context.model import Excerpt
from functions.shared.domain.facts import DATA
from functions.shared.domain.measured.model import Lesson
from functions.shared.domain.network import Network
from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.log import log
from functions.shared.networks.compose import compose, hashtags_in, problems
from functions.shared.networks.registry.rules import RULES
from functions.shared.writing.briefs import PostBrief, PostDraft
from functions.shared.writing.models.port import TextModel
from functions.shared.writing.posts.prompt import post_request
from functions.shared.writing.proof.domain_names import domains_in

_ADDRESS = re.compile(r"\(?(?:https?://|www\.)\S+", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@.])@(\w+)")
_NUMBERING = re.compile(r"^(\s*)\d{1,2}[.)](?=\s)", re.MULTILINE)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_SENTENCE = re.compile(r".+?(?:[.!?…。！？][\"'”’)]*(?=\s|$)|$)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WrittenPost:
    """A post within its network's rules: `text` holds the hashtags and the link."""

    text: str
    hashtags: tuple[str, ...]
    written_by: WrittenBy


def brief_for(
    network: Network,
    topic: str,
    *,
    seed: str,
    tone: str | None = None,
    link: str | None = None,
    facts: dict[str, str] | None = None,
    context: tuple[Excerpt, ...] = (),
    style: str | None = None,
    lessons: Iterable[Lesson] = (),
) -> PostBrief:
    """The brief for a post on this network; `seed` words equal briefs differently."""
    rules = RULES[network]
    return PostBrief(
        network=network,
        topic=topic,
        tone=tone,
        link=link if rules.links_clickable else None,
        facts=facts or {},
        context=context,
        style=style,
        lessons=tuple(lesson.statement for lesson in lessons),
        max_length=rules.max_length,
        seed=seed,
    )


def write_post(brief: PostBrief, *, model: TextModel) -> WrittenPost:
    """Write one post.

    Addresses the model put in are dropped, and so is each sentence with a figure that the brief's facts do not have;
    without facts, that neither the topic nor the context has. Of a post written with context, sentences that name a
    domain and mentions of accounts are not the writer's to make either, unless the topic or the facts have them.
    Raises the model's error, or PermanentError when nothing publishable is left.
    """
    response = model.generate_text(post_request(brief))
    log.info(
        "model asked for a post",
        action="model_call",
        network=brief.network,
        **response.written_by.model_dump(mode="json"),
    )
    draft = response.require()
    text = compose(_publishable(draft, brief), draft.hashtags, brief.link, brief.network)
    if refused := problems(text, brief.network):
        raise PermanentError(f"the written post breaks {brief.network}'s rules: {'; '.join(refused)}")
    return WrittenPost(text=text, hashtags=hashtags_in(text), written_by=response.written_by)


def _publishable(draft: PostDraft, brief: PostBrief) -> str:
    given = [brief.topic, *brief.facts, *brief.facts.values()]
    context = [text for excerpt in brief.context for text in (excerpt.title, excerpt.text)]
    text = _ADDRESS.sub("", draft.text)
    if brief.context:
        text = _without_foreign_names(text, given)
    text = _with_known_figures(_NUMBERING.sub(r"\1•", text), given if brief.facts else given + context)
    text = text if text.strip() else brief.topic
    # In front, where no shortening reaches it: nobody may take a sample's figures for live ones.
    return f"(Sample data) {text}" if DATA in brief.facts and "sample data" not in text.lower() else text


def _without_foreign_names(text: str, given: Iterable[str]) -> str:
    """The text without what networks would make links of, and a page or feed may have put into the writer's mouth."""
    topic_and_facts = "\n".join(given)
    known = domains_in(topic_and_facts) | {name.casefold() for name in _MENTION.findall(topic_and_facts)}
    # Mentions first: `@evil.example` without its sign is a domain.
    text = _MENTION.sub(lambda match: match[match[1].casefold() not in known], text)
    sentences = _SENTENCE.findall(text)
    return "".join(part for part in sentences if known.issuperset(domains_in(part)))


def _with_known_figures(text: str, sources: Iterable[str]) -> str:
    known = {figure for source in sources for figure in _figures(source)}
    return "".join(part for part in _SENTENCE.findall(text) if known.issuperset(_figures(part)))


def _figures(text: str) -> Iterator[str]:
    """The figures of a text, written alike: `1,200.50` and `1200.5` are one."""
    for match in _FIGURE.findall(text):
        figure = match.replace(",", "")
        yield figure.rstrip("0").rstrip(".") if "." in figure else figure
