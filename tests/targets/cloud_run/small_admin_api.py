"""A gRPC server of a few lines: each method is a function given by the test, and the metadata of each call is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

Method = Callable[[bytes], Message]


class Refused(Exception):
    """What a method answers instead: a status, with Google's machine-readable reason where one is given."""

    def __init__(self, code: grpc.StatusCode, message: str, reason: str = "", **metadata: str) -> None:
        self.code, self.message = code, message
        self.status = Status(code=code.value[0], message=message)
        if reason:
            info = Packed()
            info.Pack(ErrorInfo(reason=reason, domain="googleapis.com", metadata=metadata))
            self.status.details.append(info)


class AdminApi:
    """`address` is host:port; `seen` holds (method, metadata) of each call."""

    def __init__(self, methods: Mapping[str, Method]) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []
        self._methods = methods
        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        self._server.add_generic_rpc_handlers((_Handlers(self),))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def close(self) -> None:
        self._server.stop(None).wait()

    def answer(self, path: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        self.seen.append((path, {key: str(value) for key, value in context.invocation_metadata()}))
        method = self._methods.get(path.rpartition("/")[2])
        if method is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{path} is not served here")
        try:
            return method(request).SerializeToString()
        except Refused as refused:
            context.set_trailing_metadata((("grpc-status-details-bin", refused.status.SerializeToString()),))
            context.abort(refused.code, refused.message)
            raise AssertionError from refused


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, api: AdminApi) -> None:
        self._api = api

    def service(self, call: Any) -> Any:
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._api.answer(call.method, request, context)
        )


@contextmanager
def admin_api(**methods: Method) -> Iterator[AdminApi]:
    """Serve while inside."""
    api = AdminApi(methods)
    try:
        yield api
    finally:
        api.close()
