"""Serves WSGI applications, each on a socket that the launcher has bound already.

The launcher binds, so that both ports are known before either service starts,
and nobody can take one in between; connections are refused until they are served.
"""

import os
import signal
import socket
import threading

from cheroot import wsgi

THREADS = 8


class _Server(wsgi.Server):
    def __init__(self, bound, application):
        super().__init__(bound.getsockname(), application, numthreads=THREADS, request_queue_size=128)
        self._bound = bound

    def bind(self, family, type, proto=0):
        # As cheroot does with sockets of its own; else each answer takes 40 ms longer.
        self._bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = self._bound
        return self._bound


class Exchangeable:
    """A WSGI application that another may take the place of while it is served."""

    def __init__(self):
        self.application = None

    def __call__(self, environ, start_response):
        return self.application(environ, start_response)


def serve(file_descriptor, application, *beside):
    """Serve until ended. Nothing needs saving, so SIGTERM ends the process at once.

    `beside` are more of these pairs.
    """
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    for other_descriptor, other in beside:
        threading.Thread(target=_Server(socket.socket(fileno=other_descriptor), other).start, daemon=True).start()
    _Server(socket.socket(fileno=file_descriptor), application).start()
