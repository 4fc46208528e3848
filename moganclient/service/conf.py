"""The service's configuration: every option, its default and what it is for.

The defaults work on a laptop: the static driver with its sample inventory,
SQLite under the user's data directory, loopback.  Only who may call has no
default; ``moganclient-api`` with no configuration file at all is the one
place that chooses ``noauth`` by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
import os
import re
import socket

from keystoneauth1 import loading
from oslo_config import cfg
from oslo_log import log
from oslo_middleware import http_proxy_to_wsgi
from oslo_policy import opts as policy_opts
import platformdirs

from moganclient.service import exceptions

#: Where configuration files are looked for: ``~/.moganclient``, ``~``,
#: ``/etc/moganclient``, ``/etc``; ``moganclient.conf`` and
#: ``moganclient-api.conf``.
PROJECT = 'moganclient'
PROG = 'moganclient-api'

#: Further configuration files for a WSGI server, whose own command line is
#: not ours to read; separated as PATH is.
CONFIG_FILES_VARIABLE = 'MOGANCLIENT_CONFIG_FILES'

AUTH_STRATEGIES = ('keystone', 'http_basic', 'noauth')

#: What others log below these levels is noise, or (keystoneauth) every
#: request with its headers.  Holds with ``debug`` too.
LOG_LEVELS = [
    'alembic=WARN',
    'keystoneauth=WARN',
    'keystoneauth1=WARN',
    'stevedore=WARN',
    'taskflow=WARN',
    'urllib3=WARN',
]

#: Group to the service type it is found by in the catalog.
UPSTREAMS = {'ironic': 'baremetal', 'neutron': 'network', 'glance': 'image'}

#: The inventory of whoever has none.
SAMPLE_INVENTORY = os.path.join(
    os.path.dirname(__file__), 'drivers', 'sample_inventory.yaml'
)

#: How oslo.config names a place; all but the file is noise.
_LOCATION = re.compile(r"LocationInfo\(location=.*?, detail='(.*?)'\)")

DEFAULT_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        'driver',
        default='static',
        help='The inventory of machines: "ironic", "static" (a file), or '
        'any other entry point of moganclient.service.drivers.',
    ),
    cfg.StrOpt(
        'auth_strategy',
        choices=[
            ('keystone', 'tokens of Keystone, with [keystone_authtoken]'),
            ('http_basic', 'names and passwords of [http_basic] user_file'),
            ('noauth', 'everybody who reaches the port may do everything'),
        ],
        help='How callers prove who they are. There is no default: the '
        'service refuses to start without it. Only moganclient-api without '
        'any configuration file takes noauth, on loopback.',
    ),
    cfg.StrOpt(
        'host',
        default=socket.gethostname(),
        sample_default='<the name of this host>',
        help='Name of this host in notifications (publisher_id).',
    ),
]

API_OPTS: list[cfg.Opt] = [
    cfg.HostAddressOpt(
        'host',
        default='127.0.0.1',
        help='Address that moganclient-api listens on.',
    ),
    cfg.PortOpt(
        'port',
        default=6688,
        help='Port that moganclient-api listens on; 0 takes a free one and '
        'prints it.',
    ),
    cfg.IntOpt(
        'threads',
        default=16,
        min=1,
        help='Requests that moganclient-api serves at a time.',
    ),
    cfg.StrOpt(
        'tls_cert_file',
        help='Certificate (PEM, with its chain) for moganclient-api to '
        'speak TLS itself.',
    ),
    cfg.StrOpt(
        'tls_key_file', help='Key (PEM, without passphrase) of tls_cert_file.'
    ),
    cfg.URIOpt(
        'public_endpoint',
        schemes=['http', 'https'],
        help='URL under which callers reach the service, for links and '
        'Location. Unset: as the request says (see also [oslo_middleware] '
        'enable_proxy_headers_parsing).',
    ),
    cfg.ListOpt(
        'allowed_hosts',
        default=['localhost', '127.0.0.1', '[::1]'],
        help='Names that the Host header may have under noauth, without '
        'port, so that no web page can reach the service through a name of '
        'its own (DNS rebinding). "*" allows every name. The address of '
        '[api] host is always allowed, unless that is a wildcard address.',
    ),
    cfg.IntOpt(
        'max_limit',
        default=1000,
        min=1,
        help='Most items on a page of a list; also what a request without '
        'limit gets.',
    ),
    cfg.IntOpt(
        'max_body_size',
        default=2097152,
        min=1024,
        help='Most bytes of a request body (413 beyond). What '
        'max_config_drive allows has to fit, encoded with base64.',
    ),
    cfg.IntOpt(
        'max_config_drive',
        default=1048576,
        min=0,
        help='Most bytes of user data and files together, decoded, that a '
        'server may be built with. A request is bounded by max_body_size, '
        'too.',
    ),
    cfg.FloatOpt(
        'deadline',
        default=60,
        min=1,
        help='Seconds that one request may take before it is answered with '
        '503.',
    ),
    cfg.FloatOpt(
        'revert_timeout',
        default=30,
        min=1,
        help='Seconds that undoing a failed takeover may take beyond the '
        'deadline; what is left then is undone by recovery.',
    ),
    cfg.FloatOpt(
        'health_cache',
        default=5,
        min=0,
        help='Seconds for which an answer of /healthcheck is kept, so that '
        'asking often costs nothing.',
    ),
    cfg.StrOpt(
        'admin_project_id',
        help='Project whose admins are admins of the whole deployment and '
        'may take machines over. Unset (and admin_project_name too): only '
        'a system-scoped admin may.',
    ),
    cfg.StrOpt(
        'admin_project_name',
        help='The same by name, in admin_project_domain_id.',
    ),
    cfg.StrOpt(
        'admin_project_domain_id',
        default='default',
        help='Domain of admin_project_name.',
    ),
    cfg.StrOpt(
        'local_project_id',
        default='local',
        help='Project of whoever calls under noauth and http_basic.',
    ),
]

DATABASE_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        'connection',
        secret=True,
        sample_default='sqlite:///<user data directory>/moganclient.sqlite',
        help='SQLAlchemy URL of the database: sqlite:///path, '
        'postgresql+psycopg://user:password@host/name or '
        'mysql+pymysql://user:password@host/name.',
    ),
    cfg.IntOpt(
        'max_pool_size',
        default=24,
        min=1,
        help='Most connections of one process; at least [api] threads and '
        'some for what runs in the background.',
    ),
]

STATIC_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        'inventory_file',
        default=SAMPLE_INVENTORY,
        sample_default='<the sample that is installed>',
        help='Inventory of the static driver (YAML).',
    ),
    cfg.FloatOpt(
        'transition',
        default=0.5,
        min=0,
        help='Seconds that what takes long on a real machine (power, '
        'deploying, cleaning) takes on one of the static driver; 0 is done '
        'at once.',
    ),
]

UPSTREAM_OPTS: list[cfg.Opt] = [
    cfg.IntOpt(
        'page_size',
        min=1,
        help='Items to ask for in one page of a list. Unset: as many as the '
        'server gives.',
    ),
]

FLOWS_OPTS: list[cfg.Opt] = [
    cfg.FloatOpt(
        'lease',
        default=120,
        min=1,
        help='Seconds after which a workflow whose process no longer renews '
        'its lease may be taken over by another. Longer than [api] deadline '
        'and revert_timeout together.',
    ),
    cfg.FloatOpt(
        'settle',
        default=10,
        min=0,
        help='Seconds after which a write to Ironic or Neutron whose answer '
        'was lost has surely acted or failed. Nothing is concluded from a '
        'look before that.',
    ),
    cfg.FloatOpt(
        'recovery_interval',
        default=15,
        min=0.1,
        help='Seconds between two looks for workflows that were cut off.',
    ),
    cfg.FloatOpt(
        'refresh_interval',
        default=300,
        min=0,
        help='Seconds between two comparisons of the servers with their '
        'nodes (power state, drift); 0 turns them off.',
    ),
    cfg.IntOpt(
        'workers',
        default=4,
        min=1,
        help='Threads of each process that build, rebuild and delete '
        'servers. A server that waits for its machine needs none.',
    ),
    cfg.FloatOpt(
        'poll_interval',
        default=5,
        min=0.01,
        help='Seconds between two looks at a machine that is being deployed, '
        'undeployed or powered on or off.',
    ),
    cfg.FloatOpt(
        'deploy_timeout',
        default=3600,
        min=1,
        help='Seconds that building, rebuilding or deleting a server may '
        'take, and undoing it once more. What takes longer is given up, and '
        "the server's fault says so.",
    ),
    cfg.FloatOpt(
        'image_cache',
        default=60,
        min=0,
        help='Seconds in which an image that Glance had is not asked for '
        'again: the machines of a batch have few images. 0 asks for each '
        'machine.',
    ),
]

HTTP_BASIC_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        'user_file',
        default='/etc/moganclient/htpasswd',
        help='Names and bcrypt hashes, as "htpasswd -B" writes them, for '
        'auth_strategy http_basic.',
    ),
]

_GROUPS: dict[str, list[cfg.Opt]] = {
    'DEFAULT': DEFAULT_OPTS,
    'api': API_OPTS,
    'database': DATABASE_OPTS,
    'static': STATIC_OPTS,
    'flows': FLOWS_OPTS,
    'http_basic': HTTP_BASIC_OPTS,
}


def default_connection() -> str:
    """URL of the SQLite file under the user's data directory."""
    directory = platformdirs.user_data_dir(PROJECT, appauthor=False)
    return f'sqlite:///{directory}/moganclient.sqlite'


def is_laptop(conf: cfg.ConfigOpts) -> bool:
    """Whether nobody configured this: no file, the default database.

    Then the service sets its database up by itself; otherwise that takes
    ``moganclient-api db upgrade``.
    """
    return (
        not config_files(conf)
        and conf.database.connection == default_connection()
    )


def config_files(conf: cfg.ConfigOpts) -> list[str]:
    """The configuration files that were read."""
    return list(conf.config_file or []) + list(conf.config_dir or [])


def register(conf: cfg.ConfigOpts) -> None:
    """Register every option of the service on a ``ConfigOpts``."""
    log.register_options(conf)
    for group, opts in _GROUPS.items():
        conf.register_opts(opts, group=None if group == 'DEFAULT' else group)
    for group, service_type in UPSTREAMS.items():
        loading.register_auth_conf_options(conf, group)
        loading.register_session_conf_options(conf, group)
        loading.register_adapter_conf_options(conf, group, False)
        conf.register_opts(UPSTREAM_OPTS, group=group)
        conf.set_default('service_type', service_type, group)
        conf.set_default('valid_interfaces', ['internal', 'public'], group)
        conf.set_default('timeout', 30, group)
    conf.register_opts(http_proxy_to_wsgi.OPTS, group='oslo_middleware')
    policy_opts._register(conf)
    conf.set_default('connection', default_connection(), 'database')
    conf.set_default(
        'default_log_levels', [*log.get_default_log_levels(), *LOG_LEVELS]
    )


def load(
    args: Sequence[str] = (),
    config_files: Iterable[str] | None = None,
) -> cfg.ConfigOpts:
    """Read the configuration.

    :param args: options as oslo.config knows them (``--config-file``,
        ``--config-dir``, ``--debug``, ...)
    :param config_files: files to read; None looks in the usual places, an
        empty list reads none
    :raises moganclient.service.exceptions.ConfigError: a file cannot be
        read, or a value is none that the option can have; says which
    """
    conf = cfg.ConfigOpts()
    register(conf)
    try:
        conf(
            args=list(args),
            project=PROJECT,
            prog=PROG,
            default_config_files=(
                None if config_files is None else list(config_files)
            ),
            default_config_dirs=None if config_files is None else [],
        )
        _read_every_value(conf)
    except cfg.ConfigFilesNotFoundError as exc:
        names = ', '.join(exc.config_files)
        raise exceptions.ConfigError(
            f'The configuration file {names} does not exist.'
        ) from exc
    except OSError as exc:
        raise exceptions.ConfigError(
            f'The configuration file {exc.filename} cannot be read: '
            f'{exc.strerror}.'
        ) from exc
    except (cfg.Error, ValueError) as exc:
        text = _LOCATION.sub(r'\1', ' '.join(str(exc).split()))
        raise exceptions.ConfigError(
            f'The configuration is wrong: {text}'
        ) from exc
    return conf


def load_for_wsgi() -> cfg.ConfigOpts:
    """Read the configuration where the command line is somebody else's.

    The files are those of ``MOGANCLIENT_CONFIG_FILES``, or else those in
    the usual places.
    """
    names = os.environ.get(CONFIG_FILES_VARIABLE, '')
    files = [name for name in names.split(os.pathsep) if name]
    return load(config_files=files or None)


def set_up_logging(conf: cfg.ConfigOpts) -> None:
    """Log as configured, by default to standard error.

    oslo.log would take standard output, which is for what was asked for.
    """
    elsewhere = (
        conf.log_file or conf.log_dir or conf.use_journal or conf.use_syslog
    )
    if not elsewhere:
        conf.set_default('use_stderr', True)
    log.setup(conf, PROJECT)


def _read_every_value(conf: cfg.ConfigOpts) -> None:
    """Have a wrong value found now rather than in the middle of a request."""
    for group in ('DEFAULT', *_GROUPS, *UPSTREAMS):
        where = conf if group == 'DEFAULT' else conf[group]
        for name in list(where):
            getattr(where, name)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Every option by group, for oslo.config's sample generator."""
    found = [(group, list(opts)) for group, opts in _GROUPS.items()]
    for group, service_type in UPSTREAMS.items():
        defaults = {
            'service_type': service_type,
            'valid_interfaces': ['internal', 'public'],
            'timeout': 30,
        }
        opts = [
            *loading.get_auth_common_conf_options(),
            *loading.get_auth_plugin_conf_options('v3password'),
            *loading.get_session_conf_options(),
            *loading.get_adapter_conf_options(False),
            *UPSTREAM_OPTS,
        ]
        for opt in opts:
            if opt.dest in defaults:
                opt.default = defaults[opt.dest]
        found.append((group, opts))
    return found
