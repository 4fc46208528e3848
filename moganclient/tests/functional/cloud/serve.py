"""Serve an OpenStack WSGI application: ``python -P serve.py MODULE PORT``.

Runs with the cloud's Python and imports nothing of ours.  ``MODULE`` has an
``application``; cheroot is there because Ironic needs it.

One thread: with more, SQLite answers concurrent writers with "database is
locked", which becomes a 500.  No service here calls back into one that waits
for it, so one thread cannot lock itself out.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

from cheroot import wsgi
from sqlalchemy import orm


def main() -> None:
    """Serve until SIGTERM."""
    module, port = sys.argv[1], int(sys.argv[2])
    # Neutron parses the command line when it is imported.
    sys.argv[1:] = []
    application = importlib.import_module(module).application
    # Neutron lists ports by attributes of classes that SQLAlchemy adds when it
    # first makes an object of one; until then it answers 500.
    orm.configure_mappers()
    # Neutron leaves threads behind that would keep the process; what is to
    # be kept is in SQLite.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    wsgi.Server(
        ('127.0.0.1', port),
        application,
        numthreads=1,
        request_queue_size=128,
        server_name='127.0.0.1',
    ).start()


if __name__ == '__main__':
    main()
