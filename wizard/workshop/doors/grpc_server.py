"""All gRPC doors on one loopback port."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc
from google.cloud.logging_v2.types import TailLogEntriesRequest, TailLogEntriesResponse

from wizard.workshop.control_plane import ControlPlane
from wizard.workshop.doors import neighbours, run
from wizard.workshop.doors.grpc_method import bidirectional, handler
from wizard.workshop.same_account import is_same_account, loopback_port

THREADS: Final = 256
"""Calls answered at the same time: a wait for an operation holds one, and so does each reader of the log, for as long as it
reads. They are made when they are needed."""


def serve_grpc(plane: ControlPlane, port: int = 0) -> tuple[grpc.Server, int]:
    """Serve this account on 127.0.0.1; 0 takes a free port. Keep the server: one that is collected stops serving.

    Raises OSError where the port is not free.
    """
    server = grpc.server(
        ThreadPoolExecutor(THREADS, thread_name_prefix="workshop-grpc"),
        options=(("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 16 * 2**20)),
    )

    def admits(peer: str) -> bool:
        caller = loopback_port(peer)
        return caller is not None and is_same_account(caller, taken)

    handlers = [handler(door, plane, admits) for door in (*run.doors(plane), *neighbours.doors(plane))]
    handlers.append(
        bidirectional(
            "google.logging.v2.LoggingServiceV2", "TailLogEntries", plane.log_entries.tail,
            TailLogEntriesRequest, TailLogEntriesResponse, plane, admits,
        )
    )  # fmt: skip
    server.add_generic_rpc_handlers(tuple(handlers))
    try:
        taken = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(f"port {port} of 127.0.0.1 is not free") from error
    server.start()
    return server, taken
