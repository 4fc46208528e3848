"""What the service tells others: what happens to servers.

Events are ``server.manage.start``, ``.end``, ``.error`` and the same of each
of :data:`ACTIONS`.  The payload is versioned: a field that is added raises
the minor version, anything else the major one.  With ``[oslo_messaging_
notifications] driver`` unset, or ``log``, a notification is a line in the
log, written as oslo.messaging writes it but without importing that; any
other driver needs oslo.messaging (the extra ``notifications``).

Sending never fails a request and never waits for a message broker.
"""

from __future__ import annotations

import datetime
import importlib
import json
import logging
import os
import queue
import threading
import typing
from typing import Any
import uuid
import warnings

from oslo_config import cfg
from oslo_context import context as oslo_context

from moganclient.service import exceptions
from moganclient.service import sanitize

if typing.TYPE_CHECKING:
    from moganclient.service.db import models

LOG = logging.getLogger(__name__)

#: What happens to servers, in the middle of the events' names.
ACTIONS = (
    'manage',
    'unmanage',
    'build',
    'rebuild',
    'delete',
    'power',
    'lock',
    'unlock',
    'attach',
    'detach',
)

NAMESPACE = 'baremetal_compute'
#: Of ServerPayload; see the module's docstring for when it changes.
VERSION = '1.1'

#: oslo.messaging's own logger, so that the lines are found where its
#: documentation says.
_LOGGER = 'oslo.messaging.notification'
_GROUP = 'oslo_messaging_notifications'
#: Notifications that wait for a broker; beyond that they are dropped.
_WAITING = 1000


def payload(
    context: oslo_context.RequestContext | None,
    server: models.Server,
    *,
    error: BaseException | None = None,
    left_alone: list[str] | None = None,
    about: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The payload of an event about a server, without secrets.

    :param error: why it failed
    :param left_alone: what was no longer the server's and was not touched
    :param about: what exactly was asked for: ``target`` of a power action,
        ``port_id`` or ``net_id`` of an interface
    """
    data = {
        'uuid': server.uuid,
        'name': server.name,
        'description': server.description,
        'status': server.status,
        'power_state': server.power_state,
        'node_uuid': server.node_uuid,
        'node': server.node_name,
        'flavor_uuid': server.flavor_uuid,
        'image_uuid': server.image_uuid,
        'availability_zone': server.availability_zone,
        'addresses': server.addresses or {},
        'ports': [port.port_id for port in server.ports],
        'metadata': server.meta or {},
        'project_id': server.project_id,
        'user_id': server.user_id,
        'created_at': _time(server.created_at),
        'launched_at': _time(server.launched_at),
        'request_id': (
            context.request_id if context is not None else server.request_id
        ),
        'initiator_user_id': context.user_id if context is not None else None,
        'initiator_project_id': (
            context.project_id if context is not None else None
        ),
        'error': _error(error),
        'left_alone': left_alone or [],
        'key_name': server.key_name,
        'partitions': server.partitions or {},
        'locked_by': server.locked_by,
        'protected': server.protected,
        'adopted': server.adopted,
        'fault': server.fault,
        'about': about or {},
    }
    return {
        f'{NAMESPACE}_object.name': 'ServerPayload',
        f'{NAMESPACE}_object.namespace': NAMESPACE,
        f'{NAMESPACE}_object.version': VERSION,
        f'{NAMESPACE}_object.data': sanitize.clean(data),
    }


def _time(value: datetime.datetime | None) -> str | None:
    if value is None:
        return None
    return value.replace(tzinfo=datetime.UTC).isoformat()


def _error(error: BaseException | None) -> dict[str, Any] | None:
    """An error as far as callers are told it, too."""
    if error is None:
        return None
    if isinstance(error, exceptions.ServiceError):
        return {
            'type': type(error).__name__,
            'code': error.code,
            'message': error.detail,
        }
    return {
        'type': type(error).__name__,
        'code': exceptions.ServiceError.code,
        'message': 'Unexpected; the log of the service says more.',
    }


class Notifier:
    """Sends notifications to the log."""

    def __init__(self, publisher_id: str) -> None:
        """:param publisher_id: who sends, e.g. ``moganclient-api.host``"""
        self.publisher_id = publisher_id

    def emit(
        self,
        context: oslo_context.RequestContext | None,
        event: str,
        server: models.Server,
        **more: Any,
    ) -> None:
        """Tell what happens to a server; never raises.

        :param context: who asked; None where recovery does it
        :param event: e.g. ``server.manage.start``
        :param more: ``error``, ``left_alone`` or ``about`` of
            :func:`payload`
        """
        try:
            self._send(event, payload(context, server, **more))
        except Exception:
            # A notification is worth less than what it tells of.
            LOG.exception('Notification %s could not be sent', event)

    def _send(self, event: str, body: dict[str, Any]) -> None:
        priority = _priority(event)
        message = {
            'message_id': str(uuid.uuid4()),
            'publisher_id': self.publisher_id,
            'event_type': event,
            'priority': priority.upper(),
            'payload': body,
            'timestamp': str(
                datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
            ),
        }
        logger = logging.getLogger(f'{_LOGGER}.{event}')
        logger.log(
            logging.ERROR if priority == 'error' else logging.INFO,
            '%s',
            json.dumps(message),
        )

    def close(self) -> None:
        """Send what still waits; give up after some seconds."""


class _MutedNotifier(Notifier):
    """Sends nothing: the driver ``noop``."""

    def _send(self, event: str, body: dict[str, Any]) -> None:
        pass


class MessagingNotifier(Notifier):
    """Sends notifications through oslo.messaging, from a thread of its own.

    A broker that does not answer would hold a request for minutes otherwise.
    """

    def __init__(self, publisher_id: str, notifier: Any) -> None:
        """:param notifier: an ``oslo_messaging.Notifier``"""
        super().__init__(publisher_id)
        self._notifier = notifier
        self._lock = threading.Lock()
        self._pid = 0
        self._waiting: queue.Queue[tuple[str, dict[str, Any]] | None]
        self._thread: threading.Thread

    def _send(self, event: str, body: dict[str, Any]) -> None:
        with self._lock:
            if self._pid != os.getpid():
                # Here rather than at the start: a WSGI server may fork.
                self._pid = os.getpid()
                self._waiting = queue.Queue(_WAITING)
                self._thread = threading.Thread(
                    target=self._run, name='notifications', daemon=True
                )
                self._thread.start()
        try:
            self._waiting.put_nowait((event, body))
        except queue.Full:
            LOG.warning(
                'Notification %s is dropped: %d others wait already',
                event,
                _WAITING,
            )

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            event, body = item
            try:
                getattr(self._notifier, _priority(event))({}, event, body)
            except Exception:
                LOG.exception('Notification %s could not be sent', event)

    def close(self) -> None:
        if self._pid == os.getpid():
            try:
                self._waiting.put(None, timeout=5)
            except queue.Full:
                return
            self._thread.join(5)


def _priority(event: str) -> str:
    return 'error' if event.endswith('.error') else 'info'


def build(conf: cfg.ConfigOpts) -> Notifier:
    """The notifier that the configuration asks for.

    :raises moganclient.service.exceptions.ConfigError: the driver needs
        oslo.messaging, and that is not installed
    """
    publisher_id = f'moganclient-api.{conf.host}'
    drivers = _drivers(conf)
    if drivers == {'noop'}:
        return _MutedNotifier(publisher_id)
    if drivers <= {'log', 'noop'}:
        return Notifier(publisher_id)
    messaging = _import(drivers)
    try:
        transport = messaging.get_notification_transport(conf)
    except messaging.MessagingException as exc:
        # Its message may show the password in the URL.
        raise exceptions.ConfigError(
            f'The transport_url in [{_GROUP}] or [DEFAULT] is wrong.'
        ) from exc
    return MessagingNotifier(
        publisher_id,
        messaging.Notifier(transport, publisher_id=publisher_id),
    )


def _drivers(conf: cfg.ConfigOpts) -> set[str]:
    """The drivers by name, ``log`` where none is configured.

    The option is oslo.messaging's; it is read aside, so that that package is
    only imported (half a second) where something else than the log is asked
    for.
    """
    aside = cfg.ConfigOpts()
    aside.register_opt(cfg.MultiStrOpt('driver', default=[]), _GROUP)
    aside(
        [],
        default_config_files=list(conf.config_file or []),
        default_config_dirs=list(conf.config_dir or []),
    )
    return {name for name in aside[_GROUP].driver if name} or {'log'}


def _import(drivers: set[str]) -> Any:
    try:
        with warnings.catch_warnings():
            # About Eventlet, which it can use and we do not.
            warnings.simplefilter('ignore')
            return importlib.import_module('oslo_messaging')
    except ImportError as exc:
        raise exceptions.ConfigError(
            f'The driver {", ".join(sorted(drivers))} in [{_GROUP}] needs '
            'oslo.messaging: pip install python-moganclient[notifications].'
        ) from exc
