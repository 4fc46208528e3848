"""Users, projects, roles and the catalog, and the clouds.yaml for them."""

from __future__ import annotations

import json
from typing import Any

from keystoneauth1 import adapter
from keystoneauth1 import session

from moganclient.tests.functional.cloud import config
from moganclient.tests.functional.cloud import databases

#: Name in clouds.yaml to user, password and scope.
CLOUDS: dict[str, tuple[str, str, dict[str, str]]] = {
    # Admin of project admin: Keystone, Glance and Neutron; no Ironic node.
    'admin': (
        'admin',
        config.ADMIN_PASSWORD,
        {'project_name': 'admin', 'project_domain_id': 'default'},
    ),
    # Ironic's administrator.
    'system': ('admin', config.ADMIN_PASSWORD, {'system_scope': 'all'}),
    # The service's own account: roles admin and service.
    'service': (
        'mogan',
        config.SERVICE_PASSWORD,
        {'project_name': 'service', 'project_domain_id': 'default'},
    ),
    # Plain users of project demo, and a plain admin of it.
    **{
        name: (
            name,
            config.USER_PASSWORD,
            {'project_name': 'demo', 'project_domain_id': 'default'},
        )
        for name in ('demo', 'viewer', 'demo-admin')
    },
    # And of another project.
    'other': (
        'other',
        config.USER_PASSWORD,
        {'project_name': 'other', 'project_domain_id': 'default'},
    ),
}

_USERS = {
    **dict.fromkeys(
        ('ironic', 'glance', 'neutron', 'mogan'),
        (config.SERVICE_PASSWORD, 'service', ('admin', 'service')),
    ),
    'demo': (config.USER_PASSWORD, 'demo', ('member',)),
    'viewer': (config.USER_PASSWORD, 'demo', ('reader',)),
    'demo-admin': (config.USER_PASSWORD, 'demo', ('admin',)),
    'other': (config.USER_PASSWORD, 'other', ('member',)),
}


def seed(admin: session.Session, layout: config.Layout) -> None:
    """Create it all in a Keystone that is fresh from its bootstrap."""
    keystone = adapter.Adapter(admin, endpoint_override=layout.auth_url)

    def create(kind: str, **fields: Any) -> str:
        answer = keystone.post(f'/{kind}s', json={kind: fields})
        return str(answer.json()[kind]['id'])

    for service_type, name in databases.SERVICES.items():
        service = create('service', type=service_type, name=name)
        for interface in ('public', 'internal', 'admin'):
            create(
                'endpoint',
                service_id=service,
                interface=interface,
                region_id=config.REGION,
                url=layout.url(name),
            )
    roles = {
        role['name']: role['id']
        for role in keystone.get('/roles').json()['roles']
    }
    projects: dict[str, str] = {}
    for name, (password, project, role_names) in _USERS.items():
        if project not in projects:
            projects[project] = create(
                'project', name=project, domain_id='default'
            )
        user = create(
            'user', name=name, password=password, domain_id='default'
        )
        for role in role_names:
            keystone.put(
                f'/projects/{projects[project]}/users/{user}'
                f'/roles/{roles[role]}'
            )


def project_id(
    admin: session.Session, layout: config.Layout, name: str
) -> str:
    """The id of a project."""
    keystone = adapter.Adapter(admin, endpoint_override=layout.auth_url)
    found = keystone.get('/projects', params={'name': name}).json()
    return str(found['projects'][0]['id'])


def write_clouds(layout: config.Layout) -> None:
    """Write clouds.yaml (JSON is YAML)."""
    clouds = {
        name: {
            'auth_type': 'password',
            'region_name': config.REGION,
            'auth': {
                'auth_url': layout.auth_url,
                'username': user,
                'password': password,
                'user_domain_id': 'default',
                **scope,
            },
        }
        for name, (user, password, scope) in CLOUDS.items()
    }
    layout.clouds_yaml.write_text(json.dumps({'clouds': clouds}, indent=2))


def seed_networks(admin: session.Session, layout: config.Layout) -> None:
    """The network that Ironic insists on, and two for machines."""
    neutron = adapter.Adapter(
        admin, endpoint_override=f'{layout.url("neutron")}/v2.0'
    )
    for name, physical, cidr, shared in (
        ('provisioning', 'physprov', '10.98.0.0/16', False),
        ('provider', 'physnet1', '10.99.0.0/16', True),
        ('backup', 'physnet2', '10.97.0.0/16', True),
    ):
        network = {
            'name': name,
            'shared': shared,
            'provider:network_type': 'flat',
            'provider:physical_network': physical,
        }
        answer = neutron.post('/networks', json={'network': network})
        subnet = {
            'name': f'{name}-v4',
            'network_id': answer.json()['network']['id'],
            'ip_version': 4,
            'cidr': cidr,
            'enable_dhcp': False,
        }
        neutron.post('/subnets', json={'subnet': subnet})
