"""Asking an instance whether it is up."""

from __future__ import annotations

import socket

from wizard.workshop.runtimes.probing import is_with_itself


def test_a_connection_whose_two_ends_are_one_is_no_answer() -> None:
    """A port nobody listens on, asked often, is now and then the very port that the asking end is given."""
    with socket.socket() as both:
        both.bind(("127.0.0.1", 0))
        both.connect(both.getsockname())
        assert is_with_itself(both)


def test_a_connection_with_somebody_who_listens_is_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as connection:
        assert not is_with_itself(connection)
