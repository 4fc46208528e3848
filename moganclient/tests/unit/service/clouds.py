"""What tests of the upstream services share: a configuration and a URL."""

from __future__ import annotations

from typing import Any

from moganclient.service import conf as service_conf
from moganclient.service import upstream

IRONIC = 'http://ironic.test:6385'
NEUTRON = 'http://neutron.test:9696'
GLANCE = 'http://glance.test:9292'
KEYSTONE = 'http://keystone.test:5000/v3'

_PLACES = {'ironic': IRONIC, 'neutron': NEUTRON, 'glance': GLANCE}


def config(group: str | None = None, **options: Any) -> Any:
    """The service's configuration, every service at its place, no login.

    :param options: of ``group``
    """
    conf = service_conf.load(config_files=[])
    for name, url in _PLACES.items():
        conf.set_override('endpoint_override', url, name)
    for key, value in options.items():
        conf.set_override(key, value, group)
    return conf


def service(group: str, **options: Any) -> upstream.Upstream:
    """An upstream service at its place, without login."""
    return upstream.Upstream(config(group, **options), group)


def password(conf: Any, *groups: str, user: str = 'mogan') -> None:
    """Have groups log in at Keystone, through a section of their own."""
    from keystoneauth1 import loading

    section = f'login_{user}'
    for group in groups:
        conf.set_override('auth_section', section, group)
    loading.register_auth_conf_options(conf, groups[0])
    conf.set_override('auth_type', 'v3password', section)
    plugin = loading.get_plugin_loader('v3password')
    conf.register_opts(
        [option._to_oslo_opt() for option in plugin.get_options()], section
    )
    for key, value in {
        'auth_url': KEYSTONE,
        'username': user,
        'password': 'k33p-this',
        'user_domain_id': 'default',
        'project_name': 'service',
        'project_domain_id': 'default',
    }.items():
        conf.set_override(key, value, section)
