"""A port on which nobody listens, for a server that a test is about to start."""

from __future__ import annotations

import socket


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port
