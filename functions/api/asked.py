"""What a request asks for: HEAD is answered as GET without its body, OPTIONS with what is possible. Decision 0039."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's method as it was sent, and the event as the routes see it."""

    method: str
    event: dict[str, Any]

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """Take an event of payload format 2.0 whose path begins with the API's own."""
        context = event["requestContext"]
        http = context.get("http", {})
        method = str(http.get("method", "GET")).upper()
        routed = {**http, "method": "GET" if method == "HEAD" else method}
        return cls(method, {**event, "requestContext": {**context, "http": routed}})

    @property
    def is_about_methods(self) -> bool:
        """Whether it only asks what is possible."""
        return self.method == "OPTIONS"

    def shown(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The answer as it is sent: to HEAD without its body (RFC 9110, 9.3.2)."""
        return {**answer, "body": "", "isBase64Encoded": False} if self.method == "HEAD" else dict(answer)


def allowed(methods: Collection[str]) -> tuple[str, ...]:
    """What `Allow` names where routes have these methods."""
    more = {"OPTIONS", *({"HEAD"} if "GET" in methods else ())}
    return tuple(sorted({*methods, *more}))
