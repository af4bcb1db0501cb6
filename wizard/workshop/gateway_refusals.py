"""What the gateway answers itself, in Google's words; `x-workshop-hint` says what to do about it, which Google does not."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that does not come from a container."""

    status: int
    says: str
    """The sentence under the heading."""
    hint: str = ""
    challenge: str = ""
    """The WWW-Authenticate header."""

    @property
    def heading(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase

    def page(self) -> bytes:
        """The body, HTML."""
        heading = self.heading
        return (
            "<html><head>\n"
            '<meta http-equiv="content-type" content="text/html;charset=utf-8">\n'
            f"<title>{self.status} {heading}</title>\n"
            "</head>\n<body text=#000000 bgcolor=#ffffff>\n"
            f"<h1>Error: {heading}</h1>\n<h2>{self.says}</h2>\n<h2></h2>\n</body></html>\n"
        ).encode()


class RefusedError(Exception):
    """A request is answered with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


NO_TOKEN = Refusal(
    403,
    "Your client does not have permission to get the requested URL from this server.",
    "The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header. "
    "`sendoff predict` does the latter.",
)
NOT_ALLOWED = Refusal(
    403,
    "Your client does not have permission to get the requested URL from this server.",
    "The request was authenticated, but its principal does not hold run.routes.invoke (roles/run.invoker) on the service.",
    'Bearer error="insufficient_scope" error_description="The access token does not have the required permission"',
)
NO_TRAFFIC = Refusal(
    404,
    "The requested URL was not found on this server.",
    "No revision of the service gets traffic here: it has none that is ready, or the tag was removed.",
)
NO_HOST = Refusal(
    403, "This server answers to 127.0.0.1 and localhost only.", "Call it by the URL that `sendoff status` shows."
)
TOO_LARGE = Refusal(
    413,
    "Your client issued a request that was too large.",
    "Cloud Run takes requests of up to 32 MiB over HTTP/1.",
)
ANSWER_TOO_LARGE = Refusal(
    500,
    "The server encountered an error and could not complete your request.",
    "Response size was too large. Cloud Run takes answers of up to 32 MiB over HTTP/1 unless they are streamed.",
)
NO_INSTANCE = Refusal(
    429,
    "Rate exceeded.",
    "The request was aborted because there was no available instance: as many requests as the revision's concurrency "
    "allows were under way.",
)
BROKEN = Refusal(
    503,
    "The service you requested is not available at this time.<p>Service error -27.",
    "The request failed because either the HTTP response was malformed or connection to the instance had an error.",
)
TOO_LATE = Refusal(
    504,
    "upstream request timeout",
    "The request has been terminated because it has reached the maximum request timeout of the service.",
)
BAD_REQUEST = Refusal(400, "Your client has issued a malformed or illegal request.")
TOO_SLOW = Refusal(408, "Your client took too long to issue its request.")
HEADERS_TOO_LARGE = Refusal(431, "Your client's request has headers that are too large.")


def bad_token(why: str) -> Refusal:
    """A token that was not taken. `why` holds nothing of it."""
    return Refusal(
        401,
        "Your client does not have permission to the requested URL from this server.",
        f"The ID token was not taken: {why}.",
        'Bearer error="invalid_token" error_description="The access token could not be verified"',
    )
