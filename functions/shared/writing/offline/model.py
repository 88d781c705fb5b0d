"""A writer that needs no key, no network and no language model: it composes texts and pictures from the data."""

from pydantic import BaseModel

from functions.shared.domain.content.model import WrittenBy
from functions.shared.kernel.errors import PermanentError
from functions.shared.writing.briefs import PageBrief, PostBrief
from functions.shared.writing.models.port import Draft, ImageRequest, ImageResponse, TextRequest, TextResponse
from functions.shared.writing.models.write_draft import Answer, Rejected, write_draft
from functions.shared.writing.offline.card import draw
from functions.shared.writing.offline.page import write_page
from functions.shared.writing.offline.post import write_post

_WRITTEN_BY = WrittenBy(provider="offline", model="templates-1")


class OfflineModel:
    """Implements TextModel and ImageModel for page and post briefs. Equal requests get equal answers."""

    def generate_text(self, request: TextRequest[Draft]) -> TextResponse[Draft]:
        """Write one text; a draft that the request's check rejects is worded anew."""

        def ask(rejected: Rejected | None) -> Answer:
            return _answer(request.brief, rejected)

        return write_draft(request, ask, provider=_WRITTEN_BY.provider, model=_WRITTEN_BY.model)

    def generate_image(self, request: ImageRequest) -> ImageResponse:
        """Draw an SVG card of the brief; the prompt is for models that paint."""
        image = draw(request)
        error = _unknown(request.brief) if image is None else None
        return ImageResponse(content=image, error=error, written_by=_WRITTEN_BY)


def _answer(brief: BaseModel, rejected: Rejected | None) -> Answer:
    suffix = "/again" if rejected is not None else ""
    if isinstance(brief, PageBrief):
        # A sentence taken from the context may be what was wrong; the event's own text is made to be right.
        safe = brief.model_copy(update={"context": ()}) if rejected is not None and rejected.problems else brief
        return Answer(write_page(safe, seed=brief.event.event_id + suffix).model_dump_json())
    if isinstance(brief, PostBrief):
        return Answer(write_post(brief, seed=brief.seed + suffix).model_dump_json())
    return Answer(error=_unknown(brief))


def _unknown(brief: BaseModel) -> PermanentError:
    return PermanentError(f"the offline writer cannot work from a {type(brief).__name__}")
