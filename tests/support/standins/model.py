"""A text model that answers from a script and remembers what it was asked."""

from dataclasses import dataclass, field

from functions.shared.domain.content.model import Usage, WrittenBy
from functions.shared.kernel.errors import FlywheelError
from functions.shared.writing.briefs import PostBrief, PostDraft
from functions.shared.writing.models.port import Draft, TextRequest, TextResponse

WRITTEN_BY = WrittenBy(provider="scripted", model="scripted-1", usage=Usage(input_tokens=100, output_tokens=20))


@dataclass
class ScriptedModel:
    """Writes a post that names its network, unless `answers` or `errors` has something for that network."""

    answers: dict[str, PostDraft] = field(default_factory=dict)
    errors: dict[str, FlywheelError | BaseException] = field(default_factory=dict)
    asked: list[TextRequest[PostDraft]] = field(default_factory=list)

    def generate_text(self, request: TextRequest[Draft]) -> TextResponse[Draft]:
        assert isinstance(request.brief, PostBrief)
        assert request.draft is PostDraft
        self.asked.append(request)  # type: ignore[arg-type]
        network = request.brief.network
        error = self.errors.get(network)
        if isinstance(error, FlywheelError):
            return TextResponse(content=None, error=error, written_by=WRITTEN_BY)
        if error is not None:
            raise error
        draft = self.answers.get(network) or PostDraft(text=f"Written for {network}.", hashtags=["Markets"])
        return TextResponse(content=draft, error=None, written_by=WRITTEN_BY)  # type: ignore[arg-type]

    @property
    def networks_asked(self) -> list[str]:
        return [request.brief.network for request in self.asked if isinstance(request.brief, PostBrief)]
