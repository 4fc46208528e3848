"""``moganclient-api``: starts the service, and what goes with that.

What is wrong with the configuration is one sentence and exit code 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import contextlib
from importlib import metadata
import importlib.util
import io
import os
import sys

from oslo_config import cfg
from oslo_config import generator as config_generator
from oslo_policy import generator as policy_generator

from moganclient.service.api import versions
from moganclient.service import app
from moganclient.service.cmd import serve
from moganclient.service import conf as service_conf
from moganclient.service.db import migration
from moganclient.service import exceptions

#: Whose options the sample configuration shows.
_NAMESPACES = (
    'moganclient.service',
    'keystonemiddleware.auth_token',
    'oslo.log',
    'oslo.middleware.http_proxy_to_wsgi',
    'oslo.policy',
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :param argv: the arguments; None: those of the process
    :returns: the exit code
    """
    options = _parser().parse_args(argv)
    try:
        options.run(options)
    except (exceptions.ConfigError, exceptions.ServiceError) as exc:
        print(f'{service_conf.PROG}: {exc}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read has seen enough, e.g. head(1).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as exc:
        # Of the system, such as a data directory that cannot be made.
        what = f'{exc.filename}: ' if exc.filename else ''
        print(
            f'{service_conf.PROG}: {what}{exc.strerror or exc}',
            file=sys.stderr,
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(
        add_help=False, argument_default=argparse.SUPPRESS
    )
    common.add_argument(
        '--config-file',
        action='append',
        metavar='PATH',
        help='a configuration file (several: later ones win); without, '
        f'those in ${service_conf.CONFIG_FILES_VARIABLE}, or those in '
        '~/.moganclient, ~, /etc/moganclient and /etc',
    )
    common.add_argument(
        '--debug', action='store_true', help='log more, to standard error'
    )
    parser = argparse.ArgumentParser(
        prog=service_conf.PROG,
        parents=[common],
        description='Serves the bare metal compute API. Without any '
        'configuration: a sample inventory, SQLite in your data directory, '
        'on loopback and without authentication.',
    )
    parser.add_argument(
        '--version',
        action='version',
        version=metadata.version('python-moganclient'),
    )
    parser.add_argument(
        '--host', help='address to listen on (default: [api] host, 127.0.0.1)'
    )
    parser.add_argument(
        '--port',
        type=_port,
        help='port to listen on (default: [api] port, 6688); 0: a free one',
    )
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(
        title='other commands', metavar='[COMMAND]'
    )
    _add_database(commands, common)
    _add_generators(commands, common)
    return parser


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(
            f'"{text}" is no port; it has to be a number from 0 to 65535'
        )
    return port


def _add_database(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    common: argparse.ArgumentParser,
) -> None:
    database = commands.add_parser('db', help='the database')
    ways = database.add_subparsers(required=True, metavar='upgrade|version')
    upgrade = ways.add_parser(
        'upgrade',
        parents=[common],
        help='bring the database to this release; safe to repeat',
    )
    upgrade.set_defaults(run=_upgrade)
    shown = ways.add_parser(
        'version', parents=[common], help='where the database is'
    )
    shown.set_defaults(run=_show_version)


def _add_generators(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    common: argparse.ArgumentParser,
) -> None:
    for name, what, run in (
        ('config', 'every option with its default', _generate_config),
        ('policy', 'every policy rule with its default', _generate_policy),
    ):
        group = commands.add_parser(name, help=f'a sample: {what}')
        ways = group.add_subparsers(required=True, metavar='generate')
        generate = ways.add_parser(
            'generate',
            argument_default=argparse.SUPPRESS,
            help=f'print {what}',
        )
        generate.add_argument(
            '--output-file', metavar='PATH', help='write there instead'
        )
        generate.set_defaults(run=run)


def _load(options: argparse.Namespace) -> cfg.ConfigOpts:
    files = getattr(options, 'config_file', None)
    if files is None:
        conf = service_conf.load_for_wsgi()
    else:
        conf = service_conf.load(config_files=files)
    if getattr(options, 'debug', False):
        conf.set_override('debug', True)
    return conf


def _serve(options: argparse.Namespace) -> None:
    conf = _load(options)
    if options.host is not None:
        try:
            conf.set_override('host', options.host, 'api')
        except ValueError as exc:
            raise exceptions.ConfigError(
                f'--host "{options.host}" is neither a name nor an address '
                'to listen on.'
            ) from exc
    if options.port is not None:
        conf.set_override('port', options.port, 'api')
    if conf.auth_strategy is None:
        _serve_laptop(conf)
    service_conf.set_up_logging(conf)
    runtime, application = app.build(conf)
    try:
        server = serve.Server(application, conf)
        runtime.start_background()
        _print_start(conf, server.url)
        server.run()
    finally:
        runtime.stop()
        runtime.notifier.close()
    print('Stopped.', flush=True)


def _serve_laptop(conf: cfg.ConfigOpts) -> None:
    """Without any configuration: no authentication, on loopback.

    :raises moganclient.service.exceptions.ConfigError: there is some, or
        others could reach it
    """
    files = service_conf.config_files(conf)
    if files:
        raise exceptions.ConfigError(
            f'{", ".join(files)} does not say who may call: set '
            'auth_strategy in [DEFAULT] to keystone, http_basic or noauth.'
        )
    if not serve.is_loopback(conf.api.host):
        raise exceptions.ConfigError(
            'Without a configuration file nobody has to log in, so it only '
            f'listens on loopback, and {conf.api.host} is not. Write a '
            'configuration file with auth_strategy and pass --config-file.'
        )
    conf.set_override('auth_strategy', 'noauth')


def _print_start(conf: cfg.ConfigOpts, url: str) -> None:
    """Say where it listens, and how to go on."""
    lines = [
        f'Bare metal compute API {versions.MIN} to {versions.MAX} on {url}',
        f'  driver {conf.driver}, authentication {conf.auth_strategy}',
    ]
    if conf.driver == 'static':
        lines.append(f'  inventory {conf.static.inventory_file}')
    if conf.auth_strategy == 'noauth':
        lines += [
            'Go on in another terminal with',
            f'  export OS_AUTH_TYPE=none OS_ENDPOINT={url}',
            '  openstack baremetalcompute adoptable node list --all',
        ]
    elif conf.auth_strategy == 'http_basic':
        lines += [
            'Go on in another terminal with',
            f'  export OS_AUTH_TYPE=http_basic OS_ENDPOINT={url}',
            '  export OS_USERNAME=... OS_PASSWORD=...',
            '  openstack baremetalcompute adoptable node list --all',
        ]
    lines.append('Ctrl-C stops it.')
    print('\n'.join(lines), flush=True)


def _upgrade(options: argparse.Namespace) -> None:
    conf = _load(options)
    migration.upgrade(conf.database.connection)
    print(f'The database is at {migration.head()}.')


def _show_version(options: argparse.Namespace) -> None:
    conf = _load(options)
    found = migration.current(conf.database.connection)
    wanted = migration.head()
    if found is None:
        print('The database has no tables yet.', end=' ')
    else:
        print(f'The database is at {found}.', end=' ')
    if found == wanted:
        print('That is what this release needs.')
    else:
        print(f'This release needs {wanted}: {service_conf.PROG} db upgrade.')


def _generate_config(options: argparse.Namespace) -> None:
    namespaces = list(_NAMESPACES)
    if importlib.util.find_spec('oslo_messaging') is not None:
        namespaces.append('oslo.messaging')
    conf = cfg.ConfigOpts()
    config_generator.register_cli_opts(conf)
    args = [word for name in namespaces for word in ('--namespace', name)]
    conf(args, default_config_files=[], default_config_dirs=[])
    sample = io.StringIO()
    config_generator.generate(conf, sample)
    _write(options, sample.getvalue())


def _generate_policy(options: argparse.Namespace) -> None:
    sample = io.StringIO()
    with contextlib.redirect_stdout(sample):
        policy_generator.generate_sample(
            ['--namespace', 'moganclient'], cfg.ConfigOpts()
        )
    _write(options, sample.getvalue())


def _write(options: argparse.Namespace, text: str) -> None:
    path = getattr(options, 'output_file', None)
    if path is None:
        print(text, end='', flush=True)
        return
    try:
        with open(path, 'w') as output:
            output.write(text)
    except OSError as exc:
        raise exceptions.ConfigError(
            f'{path} cannot be written: {exc.strerror}.'
        ) from exc


if __name__ == '__main__':
    sys.exit(main())
