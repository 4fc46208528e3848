"""What the service is made of, put together from its configuration."""

from __future__ import annotations

import dataclasses
import logging
import pathlib
import threading
import typing
from typing import Any

from oslo_config import cfg
import sqlalchemy as sa
import stevedore.driver

from moganclient.service import conf as conf_mod
from moganclient.service.db import api as db_api
from moganclient.service.db import migration
from moganclient.service import exceptions
from moganclient.service.flows import owner
from moganclient.service.flows import recovery
from moganclient.service.flows import waiting
from moganclient.service.flows import worker as worker_mod
from moganclient.service import images as images_mod
from moganclient.service import networks as networks_mod
from moganclient.service import neutron
from moganclient.service import notifications
from moganclient.service import refresh
from moganclient.service import shared_nodes

if typing.TYPE_CHECKING:
    from collections.abc import Callable

    from moganclient.service.drivers import base

LOG = logging.getLogger(__name__)

#: Entry points that build a driver: ``(conf, store) -> Driver``.
DRIVERS = 'moganclient.service.drivers'


@dataclasses.dataclass
class Runtime:
    """Everything that answering a request needs; shared by all threads."""

    conf: cfg.ConfigOpts
    db: db_api.Database
    driver: base.Driver
    networks: networks_mod.Networks
    images: images_mod.Images
    notifier: notifications.Notifier
    background: Background | None = None
    worker: worker_mod.Worker = dataclasses.field(init=False)
    #: The inventory's nodes, for those who look for one to build on.
    nodes: shared_nodes.SharedNodes = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.worker = worker_mod.Worker(self)
        self.nodes = shared_nodes.SharedNodes(lambda: self.driver)

    def start_background(self) -> None:
        """Work, recover at once and from then on, refresh now and then."""
        if self.background is None:
            self.background = Background(self)
            self.background.start()
            self.worker.submit(waiting.PowerWatch())
            self.worker.start()

    def stop(self) -> None:
        """End the background work and close what is open."""
        if self.background is not None:
            self.background.stop()
            self.background = None
            self.worker.stop(self.conf.api.revert_timeout)
        self.notifier.close()
        self.db.dispose()


def build(conf: cfg.ConfigOpts) -> Runtime:
    """Put the service together.

    :raises moganclient.service.exceptions.ConfigError: it cannot work so
    """
    _check_times(conf)
    database = _database(conf)
    driver = _driver(conf, db_api.ClaimStore(database))
    return Runtime(
        conf=conf,
        db=database,
        driver=driver,
        networks=_networks(conf, driver),
        images=_images(conf, driver),
        notifier=notifications.build(conf),
    )


def _check_times(conf: cfg.ConfigOpts) -> None:
    needed = conf.api.deadline + conf.api.revert_timeout
    if conf.flows.lease <= needed:
        raise exceptions.ConfigError(
            f'[flows] lease is {conf.flows.lease:g} s; it has to be longer '
            f'than [api] deadline and revert_timeout together ({needed:g} s), '
            'or a flow could be taken over while it still works.'
        )


def _database(conf: cfg.ConfigOpts) -> db_api.Database:
    if conf_mod.is_laptop(conf):
        path = sa.make_url(conf.database.connection).database
        if path:
            pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        migration.upgrade(conf.database.connection)
    return db_api.Database(
        conf.database.connection, pool_size=conf.database.max_pool_size
    )


def _driver(conf: cfg.ConfigOpts, store: base.ClaimStore) -> base.Driver:
    try:
        manager: Any = stevedore.driver.DriverManager(
            DRIVERS,
            conf.driver,
            invoke_on_load=True,
            invoke_args=(conf, store),
            on_load_failure_callback=_raise_load_failure,
        )
    except stevedore.exception.NoMatches:
        names = stevedore.ExtensionManager(DRIVERS).names()
        raise exceptions.ConfigError(
            f'[DEFAULT] driver is "{conf.driver}", which is not installed. '
            f'There are: {", ".join(sorted(names))}.'
        ) from None
    driver: base.Driver = manager.driver
    return driver


def _raise_load_failure(
    manager: object, entry_point: object, failure: BaseException
) -> None:
    raise failure


def _networks(
    conf: cfg.ConfigOpts, driver: base.Driver
) -> networks_mod.Networks:
    return (
        neutron.build(conf)
        or driver.networks()
        or _missing(conf, 'neutron', 'networks')
    )


def _images(conf: cfg.ConfigOpts, driver: base.Driver) -> images_mod.Images:
    return (
        images_mod.build(conf)
        or driver.images()
        or _missing(conf, 'glance', 'images')
    )


def _missing(conf: cfg.ConfigOpts, group: str, what: str) -> typing.Never:
    raise exceptions.ConfigError(
        f'[{group}] is not configured, and the driver "{conf.driver}" has no '
        f'{what} of its own. Set auth_type and what goes with it there.'
    )


class Background:
    """One daemon thread: recovery and refreshing, never both at once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name='moganclient-background', daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, and wait a little for what it is doing."""
        self._stop.set()
        self._thread.join(self._runtime.conf.api.revert_timeout)

    def _run(self) -> None:
        flows = self._runtime.conf.flows
        while True:
            self._attempt('recovery', self._recover)
            if flows.refresh_interval:
                self._attempt('refresh', self._refresh)
            if self._stop.wait(flows.recovery_interval):
                return

    @staticmethod
    def _attempt(name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except exceptions.ServiceError as error:
            LOG.warning('%s has to wait: %s', name.capitalize(), error.detail)
        except Exception:
            LOG.exception('%s failed', name.capitalize())

    def _recover(self) -> None:
        recovery.recover(self._runtime)

    def _refresh(self) -> None:
        """Refresh, if no replica did so within the interval.

        The lease is taken by a new owner each time and not given back: it is
        what says when it was done last.
        """
        interval = self._runtime.conf.flows.refresh_interval
        if self._runtime.db.take_lease('refresh', owner.new(), interval):
            refresh.refresh_all(self._runtime)
