"""``application``, for any WSGI server: ``moganclient.service.wsgi``.

The configuration is read from the files that the environment variable
``MOGANCLIENT_CONFIG_FILES`` names, or from the usual places.  Importing this
fails unless it says who may call (``auth_strategy``).
"""

from __future__ import annotations

import os
import threading
import typing
from typing import Any

from moganclient.service import app
from moganclient.service import conf as service_conf
from moganclient.service import runtime as runtime_mod

if typing.TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed import wsgi


class _Forked:
    """Starts the background work in the process that serves.

    A WSGI server may import this module, fork, and serve in the children:
    threads started at the import would be missing there.
    """

    def __init__(
        self, application: wsgi.WSGIApplication, runtime: runtime_mod.Runtime
    ) -> None:
        self._application = application
        self._runtime = runtime
        self._pid = 0
        self._lock = threading.Lock()
        # No connection that was open before a fork is used after it.
        runtime.db.dispose()

    def __call__(
        self,
        environ: dict[str, Any],
        start_response: wsgi.StartResponse,
    ) -> Iterable[bytes]:
        if self._pid != os.getpid():
            with self._lock:
                if self._pid != os.getpid():
                    self._runtime.start_background()
                    self._pid = os.getpid()
        return self._application(environ, start_response)


def _build() -> wsgi.WSGIApplication:
    conf = service_conf.load_for_wsgi()
    service_conf.set_up_logging(conf)
    runtime, application = app.build(conf)
    return _Forked(application, runtime)


application = _build()
