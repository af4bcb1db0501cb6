"""How a method of the state is reached over gRPC: any gapic client's service is a table of these.

The client packages ship message classes only, no servicers; so each method names its request and response, and a generic
handler does the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import grpc

from wizard.workshop.api_error import ApiError, Code
from wizard.workshop.control_plane import ControlPlane
from wizard.workshop.faults import Fault
from wizard.workshop.tokens import OWNER, TokenError

Call = Callable[[Any, str], Any]
"""(raw request, caller's address) → raw response"""
Admits = Callable[[str], bool]
"""(gRPC's name of a peer) → whether that one may call at all"""
_STATUS: Final = {code.value[0]: code for code in grpc.StatusCode}
_READS = ("Get", "List", "Test", "Wait", "Search", "BatchGet", "Access", "Tail")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Method:
    call: Call
    request: Any
    """The message's class, wrapped by proto-plus or plain."""
    response: Any


@dataclass(frozen=True, slots=True)
class Door:
    """One gRPC service."""

    name: str
    """E.g. google.cloud.run.v2.Services."""
    api: str
    """The API that must be switched on for it; "" where none must."""
    methods: Mapping[str, Method]


def handler(door: Door, plane: ControlPlane, admits: Admits) -> grpc.GenericRpcHandler:
    """The door as gRPC wants it."""
    return grpc.method_handlers_generic_handler(
        door.name, {name: _unary(door, name, method, plane, admits) for name, method in door.methods.items()}
    )


def raw(message: Any) -> Any:
    """The plain protobuf class beneath a proto-plus one."""
    return message.pb() if hasattr(message, "pb") else message


def caller_of(context: grpc.ServicerContext, plane: ControlPlane, admits: Admits) -> str:
    """Whose call it is: without a token, the owner's. Raises ApiError for a token that is none, and for whom it is closed."""
    if not admits(context.peer()):
        raise ApiError(Code.PERMISSION_DENIED, "This local Cloud Run belongs to another account of this machine.")
    metadata = dict(context.invocation_metadata())
    try:
        return plane.authority.principal_of(metadata.get("authorization")) or OWNER
    except TokenError as error:
        raise ApiError(
            Code.UNAUTHENTICATED,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
            "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project. "
            f"({error})",
        ) from None


def refuse(context: grpc.ServicerContext, error: ApiError) -> None:
    """End the call with the whole status: clients read its details from this trailer."""
    context.set_trailing_metadata((("grpc-status-details-bin", error.status().SerializeToString()),))
    context.abort(_STATUS[int(error.code)], error.message)


def _unary(door: Door, name: str, method: Method, plane: ControlPlane, admits: Admits) -> grpc.RpcMethodHandler:
    def call(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return _answer(door, name, method, plane, request, caller_of(context, plane, admits))
        except ApiError as error:
            refuse(context, error)
        except Exception as error:
            _log.exception("The local Cloud Run failed in %s.%s.", door.name, name)
            refuse(context, ApiError(Code.INTERNAL, f"The local Cloud Run itself failed: {error}"))

    return grpc.unary_unary_rpc_method_handler(
        call,
        request_deserializer=raw(method.request).FromString,
        response_serializer=raw(method.response).SerializeToString,
    )


def _answer(door: Door, name: str, method: Method, plane: ControlPlane, request: Any, caller: str) -> Any:
    if plane.faults.take(Fault.UNAVAILABLE, method=name):
        raise ApiError(Code.UNAVAILABLE, "The service is currently unavailable.")
    if door.api:
        plane.apis.require(door.api)
    answer = method.call(request, caller)
    changes = not name.startswith(_READS)
    if changes and plane.faults.take(Fault.ANSWER_LOST, method=name):
        raise ApiError(Code.UNAVAILABLE, "Socket closed")
    return answer


def bidirectional(
    door_name: str,
    name: str,
    call: Callable[[Iterator[Any], str, Callable[[], bool]], Iterator[Any]],
    request: Any,
    response: Any,
    plane: ControlPlane,
    admits: Admits,
) -> grpc.GenericRpcHandler:
    """A method with a stream each way; `call` gets the requests, the caller, and whether somebody still listens."""

    def serve(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            caller = caller_of(context, plane, admits)
            yield from call(requests, caller, lambda: context.is_active() and not plane.closing)
        except ApiError as error:
            refuse(context, error)

    return grpc.method_handlers_generic_handler(
        door_name,
        {
            name: grpc.stream_stream_rpc_method_handler(
                serve,
                request_deserializer=raw(request).FromString,
                response_serializer=raw(response).SerializeToString,
            )
        },
    )
