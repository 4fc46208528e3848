"""What happened between the recorded requests, and is seen in their answers.

``before_<name>`` and ``after_<name>`` belong to the request of that name.
"""

from __future__ import annotations

import typing

from moganclient.service import exceptions
from moganclient.tests.contract import cloud

if typing.TYPE_CHECKING:
    from moganclient.tests.contract import replay as replay_mod

    Replay = replay_mod.Replay

_SILVER = 'b8223ed6-60b3-4ced-a25f-6cb340ccbe3b'
_DISABLED = '737ad08b-781f-48c9-a22f-0952475cfa6e'
_WITH_BAD_USER_DATA = '3f9a6ea6-182b-4a1c-9504-153c9721e434'
_OF_DEMO = '5203fd36-f870-4d6c-bf27-ee4e0dbdf997'
_WEB = '7a9e5b7a-6179-47f7-ae12-1946d2836c05'
_BAREMETAL = 'b7bc3799-85f1-4874-be17-3917e94ee2cf'
_SECOND_BAREMETAL = '20a0ba6f-a2f0-44c0-915b-0e8b73e83fdc'
_SECOND_WEB = 'cacd3ec2-6ca9-4ac3-bd12-c964f231aae4'


def _flavor(replay: Replay, then: str, name: str, **more: object) -> None:
    found = replay.ask(
        'POST',
        '/v1/flavors',
        {'name': name, 'description': name, 'resources': {'gold': 1}, **more},
    )
    replay.uuids[then] = found['uuid']


def _server(
    replay: Replay,
    then: str,
    name: str,
    image: int = 1,
    user: str = 'admin',
    flavor: str = _BAREMETAL,
    **more: object,
) -> None:
    found = replay.ask(
        'POST',
        '/v1/servers',
        {
            'server': {
                'name': name,
                'flavor_uuid': replay.uuids[flavor],
                'image_uuid': cloud.image_id(image),
                'networks': [{'net_id': cloud.NETWORK}],
                **more,
            }
        },
        user,
    )
    replay.uuids[then] = found['uuid']


def _put(
    replay: Replay, server: str, state: str, target: object, user: str
) -> None:
    path = f'/v1/servers/{replay.uuids[server]}/states/{state}'
    replay.ask('PUT', path, {'target': target}, user)


def before_flavors_list(replay: Replay) -> None:
    _flavor(replay, _SILVER, 'silver', resources={'silver': '1'})


def before_flavor_patch_remove_name(replay: Replay) -> None:
    # What was created as "disabled", where today's answer is another.
    if _DISABLED not in replay.uuids:
        _flavor(replay, _DISABLED, 'disabled', disabled=True)


def after_manage_node_with_portgroup_500(replay: Replay) -> None:
    """Then it was not taken over, and is asked for again."""
    servers = replay.ask('GET', '/v1/servers?name=m-pg')['servers']
    for server in servers:
        replay.ask('POST', f'/v1/servers/{server["uuid"]}/unmanage', {})


def before_manageable_list_with_portgroup_500(replay: Replay) -> None:
    """A port group, on any node."""
    from moganclient.service.drivers import base

    replay.node(2).portgroups.append(
        base.PortGroup(
            uuid='00000081-0000-4000-8000-000000000001',
            name='bond0',
            address='52:54:00:00:02:00',
            mode='active-backup',
        )
    )


def before_manageable_list_image_source_url(replay: Replay) -> None:
    replay.node(2).portgroups.clear()
    replay.node(1).instance_info = {
        'image_source': 'http://images.example/whole.qcow2'
    }


def after_manageable_list_image_source_url(replay: Replay) -> None:
    replay.node(1).instance_info = {'image_source': cloud.image_id(1)}


def before_server_delete_first(replay: Replay) -> None:
    """Then it was created with user data that is no base64."""
    _server(replay, _WITH_BAD_USER_DATA, 's')


def after_server_create_over_quota_403(replay: Replay) -> None:
    """Then none of them was there."""
    for server in replay.ask('GET', '/v1/servers')['servers']:
        if server['name'].startswith('s-'):
            replay.ask('DELETE', f'/v1/servers/{server["uuid"]}')
    replay.settle()


def before_server_get_partitioned(replay: Replay) -> None:
    _server(
        replay,
        _OF_DEMO,
        'demo-1',
        image=2,
        user='demo (member)',
        partitions={'root_gb': 20, 'swap_mb': 512, 'ephemeral_gb': 1},
    )


def before_server_create_multi(replay: Replay) -> None:
    """One node was left for two servers, and then neither got it."""
    replay.node(13).maintenance = True


def after_server_create_multi(replay: Replay) -> None:
    replay.node(13).maintenance = False


def before_server_power_while_busy_400(replay: Replay) -> None:
    replay.slow()
    _put(replay, _WEB, 'power', 'off', 'admin')


def before_server_power_off_again_400(replay: Replay) -> None:
    replay.finish()


def before_server_locked_by_owner_own_power_400(replay: Replay) -> None:
    _put(replay, _OF_DEMO, 'lock', True, 'demo (member)')


def after_server_unlock_owner_lock_by_admin(replay: Replay) -> None:
    _put(replay, _OF_DEMO, 'lock', False, 'demo (member)')


def before_server_rebuild(replay: Replay) -> None:
    replay.slow()


def before_server_rebuild_unknown_image_404(replay: Replay) -> None:
    replay.finish()


def before_server_delete(replay: Replay) -> None:
    replay.slow()


def before_server_delete_404(replay: Replay) -> None:
    replay.finish()


# -- The second cloud


def before_no_accept_404(replay: Replay) -> None:
    """Another cloud of the same nodes, with a few servers."""
    _flavor(replay, _SECOND_BAREMETAL, 'baremetal', resources={'baremetal': 1})
    replay.ask('POST', '/v1/aggregates', {'name': 'r\xe4ck'})
    replay.ask('POST', '/v1/keypairs', {'name': 'key1'})
    replay.ask(
        'POST',
        '/v1/manageable_servers',
        {'name': 'managed-1', 'node_uuid': cloud.node_uuid(1)},
    )
    _server(
        replay,
        _SECOND_WEB,
        'web-1',
        flavor=_SECOND_BAREMETAL,
        key_name='key1',
        metadata={'role': 'web'},
    )


class _Broken:
    """Something that was made to fail, and works again when asked."""

    def __init__(self) -> None:
        self._kept: list[tuple[object, str, object]] = []

    def make(self, what: object, name: str, error: Exception) -> None:
        def fail(*args: object, **kwargs: object) -> None:
            raise error

        self.replace(what, name, fail)

    def replace(self, what: object, name: str, by: object) -> None:
        self._kept.append((what, name, getattr(what, name)))
        setattr(what, name, by)

    def mend(self) -> None:
        while self._kept:
            setattr(*self._kept.pop())


_BROKEN = _Broken()
_ILL = exceptions.UpstreamUnavailable('Ironic is ill.', sent=False)


def _mend(replay: Replay) -> None:
    del replay
    _BROKEN.mend()


def before_manageable_list_ironic_500(replay: Replay) -> None:
    _BROKEN.make(replay.runtime.driver, 'list_adoptable_nodes', _ILL)


after_manageable_list_ironic_500 = _mend
before_manageable_list_ironic_ports_500 = before_manageable_list_ironic_500
after_manageable_list_ironic_ports_500 = _mend


def before_manage_ironic_400(replay: Replay) -> None:
    refused = exceptions.BadRequest('Ironic refuses it.')
    _BROKEN.make(replay.runtime.driver, 'claim_node', refused)


after_manage_ironic_400 = _mend


def before_manage_ironic_get_500(replay: Replay) -> None:
    _BROKEN.make(replay.runtime.driver, 'get_node', _ILL)


after_manage_ironic_get_500 = _mend


def before_manage_neutron_bind_fails(replay: Replay) -> None:
    refused = exceptions.PortConflict('Neutron refuses it.')
    _BROKEN.make(replay.runtime.networks, 'set_device', refused)


after_manage_neutron_bind_fails = _mend


def before_server_create_glance_500(replay: Replay) -> None:
    _BROKEN.make(replay.runtime.images, 'get', _ILL)


after_server_create_glance_500 = _mend


def before_server_power_off_backend_fails(replay: Replay) -> None:
    _BROKEN.make(replay.runtime.driver, 'set_power', _ILL)


after_server_power_off_backend_fails = _mend


def before_server_rebuild_backend_fails(replay: Replay) -> None:
    driver = replay.runtime.driver

    def provision(node_uuid: str, *args: object, **kwargs: object) -> None:
        failed = {'provision_state': 'deploy failed'}
        driver._states.change(node_uuid, lambda node: failed)

    _BROKEN.replace(driver, 'provision', provision)


after_server_rebuild_backend_fails = _mend
