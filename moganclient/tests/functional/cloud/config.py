"""Configuration files of the four services.

Each setting that is not plain has its reason beside it; all of them were
found by trying.
"""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
import pathlib
import shutil

from moganclient.tests.functional.cloud import processes

HOST = processes.HOST
REGION = 'RegionOne'

#: Passwords that are easy to look for in logs, where they must never be.
ADMIN_PASSWORD = 'admin-password-4711'
SERVICE_PASSWORD = 'service-password-4712'
USER_PASSWORD = 'user-password-4713'

Ini = Mapping[str, Mapping[str, object]]


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where one running cloud has its files, and on which ports it is."""

    run: pathlib.Path
    venv: pathlib.Path
    keystone: int
    glance: int
    neutron: int
    ironic: int
    #: For the service that is tested; nothing of the cloud listens there.
    compute: int

    @property
    def bin(self) -> pathlib.Path:
        return self.venv / 'bin'

    @property
    def etc(self) -> pathlib.Path:
        return self.run / 'etc'

    def database(self, name: str) -> pathlib.Path:
        return self.run / 'db' / f'{name}.sqlite'

    def log(self, name: str) -> pathlib.Path:
        return self.run / 'log' / f'{name}.log'

    def url(self, name: str) -> str:
        """The URL of a service without a slash at its end."""
        return f'http://{HOST}:{getattr(self, name)}'

    @property
    def auth_url(self) -> str:
        return f'{self.url("keystone")}/v3'

    @property
    def clouds_yaml(self) -> pathlib.Path:
        return self.run / 'clouds.yaml'


def write_ini(path: pathlib.Path, sections: Ini) -> None:
    """Write a file as oslo.config reads it; None leaves an option out."""
    lines = []
    for section, options in sections.items():
        lines.append(f'[{section}]')
        for name, value in options.items():
            if value is not None:
                lines.append(f'{name} = {value}')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(lines) + '\n')


def service_auth(layout: Layout, user: str) -> dict[str, object]:
    """keystoneauth's options for one of the users of project service."""
    return {
        'auth_type': 'password',
        'auth_url': layout.auth_url,
        'username': user,
        'password': SERVICE_PASSWORD,
        'project_name': 'service',
        'user_domain_id': 'default',
        'project_domain_id': 'default',
        'region_name': REGION,
    }


def authtoken(layout: Layout, user: str) -> dict[str, object]:
    """Options of keystonemiddleware's auth_token."""
    return {
        **service_auth(layout, user),
        'www_authenticate_uri': layout.auth_url,
        'service_token_roles_required': True,
    }


def _common(layout: Layout, name: str) -> dict[str, object]:
    # Standard error goes to the log, together with tracebacks.
    return {'debug': False, 'use_stderr': True}


def _database(layout: Layout, name: str) -> dict[str, object]:
    return {
        'connection': f'sqlite:///{layout.database(name)}',
        'sqlite_synchronous': False,
    }


def keystone(layout: Layout) -> Ini:
    etc = layout.etc / 'keystone'
    return {
        'DEFAULT': _common(layout, 'keystone'),
        'database': _database(layout, 'keystone'),
        'token': {'provider': 'fernet', 'expiration': 86400},
        'fernet_tokens': {'key_repository': etc / 'fernet-keys'},
        'credential': {'key_repository': etc / 'credential-keys'},
        # These two make a token cost a quarter of what it would.
        'identity': {'password_hash_rounds': 4},
        'cache': {'enabled': True, 'backend': 'oslo_cache.dict'},
    }


def glance(layout: Layout) -> Ini:
    store = layout.run / 'glance'
    directory = 'filesystem_store_datadir'
    return {
        'DEFAULT': {
            **_common(layout, 'glance'),
            'enabled_backends': 'file:file',
            'enabled_import_methods': '[]',
            'worker_self_reference_url': layout.url('glance'),
            'transport_url': 'fake://',
        },
        'database': _database(layout, 'glance'),
        'glance_store': {'default_backend': 'file'},
        'file': {directory: store / 'images'},
        'os_glance_staging_store': {directory: store / 'staging'},
        'os_glance_tasks_store': {directory: store / 'tasks'},
        'paste_deploy': {'flavor': 'keystone'},
        'keystone_authtoken': authtoken(layout, 'glance'),
    }


def neutron(layout: Layout) -> Ini:
    return {
        'DEFAULT': {
            **_common(layout, 'neutron'),
            'host': 'cloud',
            'core_plugin': 'ml2',
            # Floating IPs; no agent is there to route anything.
            'service_plugins': 'router',
            'auth_strategy': 'keystone',
            'api_paste_config': layout.etc / 'neutron' / 'api-paste.ini',
            'state_path': layout.run / 'neutron',
            'transport_url': 'fake://',
            'dhcp_agent_notification': False,
            'notify_nova_on_port_status_changes': False,
            'notify_nova_on_port_data_changes': False,
        },
        'database': _database(layout, 'neutron'),
        'oslo_concurrency': {'lock_path': layout.run / 'neutron' / 'lock'},
        'quotas': {
            f'quota_{what}': -1
            for what in (
                'network',
                'subnet',
                'port',
                'router',
                'floatingip',
            )
        },
        'ml2': {
            'type_drivers': 'flat,local',
            'tenant_network_types': 'local',
            'mechanism_drivers': 'bindall',
            'extension_drivers': 'port_security',
        },
        'ml2_type_flat': {'flat_networks': '*'},
        'keystone_authtoken': authtoken(layout, 'neutron'),
    }


def ironic(layout: Layout, delay: int = 0) -> Ini:
    """Ironic's.

    :param delay: seconds that each part of deploying and undeploying takes
    """
    state = layout.run / 'ironic'
    interfaces: dict[str, object] = {
        f'enabled_{kind}_interfaces': f'fake,no-{kind}'
        for kind in 'bios console firmware inspect raid rescue vendor'.split()
    }
    interfaces |= {
        f'enabled_{kind}_interfaces': 'fake'
        for kind in ('boot', 'management', 'power')
    }
    interfaces['enabled_deploy_interfaces'] = 'fake,switching'
    interfaces['enabled_console_interfaces'] = 'fake,no-console,talking'
    client = service_auth(layout, 'ironic')
    return {
        'DEFAULT': {
            **_common(layout, 'ironic'),
            'auth_strategy': 'keystone',
            # API and conductor are one process.
            'rpc_transport': 'none',
            # Else a service account sees only nodes that it owns.
            'rbac_service_role_elevated_access': True,
            'host': 'cloud',
            'my_ip': HOST,
            'state_path': state,
            'tempdir': state / 'tmp',
            'enabled_hardware_types': 'fake-hardware',
            'enabled_network_interfaces': 'flat,neutron,noop',
            'default_network_interface': 'flat',
            'enabled_storage_interfaces': 'noop,fake',
            **interfaces,
        },
        'api': {
            'host_ip': HOST,
            'port': layout.ironic,
            'public_endpoint': layout.url('ironic'),
        },
        'database': _database(layout, 'ironic'),
        'conductor': {
            'automated_clean': False,
            'sync_power_state_interval': 600,
            'check_provision_state_interval': 120,
            'heartbeat_interval': 30,
            'heartbeat_timeout': 120,
        },
        'dhcp': {'dhcp_provider': 'none'},
        'fake': {'deploy_delay': delay, 'power_delay': delay},
        'deploy': {'http_root': state / 'http'},
        'pxe': {
            'tftp_root': state / 'tftp',
            'images_path': state / 'images',
            'tftp_master_path': state / 'master_images',
            'instance_master_path': state / 'master_images',
        },
        'oslo_concurrency': {'lock_path': state / 'lock'},
        # The flat and neutron interfaces refuse VIFs until these exist.
        'neutron': {
            'cleaning_network': 'provisioning',
            'provisioning_network': 'provisioning',
            **client,
        },
        'glance': client,
        'service_catalog': client,
        'keystone_authtoken': authtoken(layout, 'ironic'),
    }


def write(layout: Layout) -> None:
    """Write everything that the services read, and make their directories."""
    run = layout.run
    for name in ('db', 'log', 'glance/staging', 'glance/tasks'):
        (run / name).mkdir(parents=True, exist_ok=True)
    for name in ('tmp', 'images', 'master_images', 'http', 'tftp', 'lock'):
        (run / 'ironic' / name).mkdir(parents=True, exist_ok=True)
    (run / 'glance' / 'images').mkdir(exist_ok=True)
    (run / 'neutron').mkdir(exist_ok=True)
    etc, shipped = layout.etc, layout.venv / 'etc'
    write_ini(etc / 'keystone' / 'keystone.conf', keystone(layout))
    write_ini(etc / 'glance' / 'glance-api.conf', glance(layout))
    write_ini(etc / 'neutron' / 'neutron.conf', neutron(layout))
    write_ini(etc / 'ironic' / 'ironic.conf', ironic(layout))
    paste = 'glance-api-paste.ini'
    shutil.copy(shipped / 'glance' / paste, etc / 'glance' / paste)
    paste = (shipped / 'neutron' / 'api-paste.ini').read_text()
    (etc / 'neutron' / 'api-paste.ini').write_text(
        paste.replace('/var/lib/neutron/', f'{run}/neutron/')
    )
    for module, entry_points in _PLUGINS.items():
        _write_plugin(run / 'plugins', module, entry_points)


#: Modules beside this one to what Neutron and Ironic find in them.
_PLUGINS = {
    'bindall': {'neutron.ml2.mechanism_drivers': 'bindall = {}:BindAll'},
    'hardware': {
        'ironic.hardware.interfaces.deploy': 'switching = {}:Deploy',
        'ironic.hardware.interfaces.console': 'talking = {}:Console',
    },
}


def _write_plugin(
    directory: pathlib.Path, module: str, entry_points: Mapping[str, str]
) -> None:
    """A directory for PYTHONPATH in which a module of ours is found."""
    info = directory / f'moganclient_{module}-1.dist-info'
    info.mkdir(parents=True, exist_ok=True)
    (info / 'METADATA').write_text(
        f'Metadata-Version: 2.1\nName: moganclient-{module}\nVersion: 1\n'
    )
    (info / 'entry_points.txt').write_text(
        ''.join(
            f'[{group}]\n{line.format(f"moganclient_{module}")}\n'
            for group, line in entry_points.items()
        )
    )
    shutil.copy(
        pathlib.Path(__file__).with_name(f'{module}.py'),
        directory / f'moganclient_{module}.py',
    )
