"""Config drives: what is read back is what was put there."""

import base64
import gzip
import io
import json

import ddt
import pycdlib
import testtools

from moganclient.service import configdrive
from moganclient.service import exceptions
from moganclient.tests.unit.service.flows import test_build


def contents(**values):
    values = {'uuid': 'u-1', 'name': 'web', 'project_id': 'p', **values}
    return configdrive.Contents(**values)


def port(mac, *addresses):
    return {
        'port_id': f'port-{mac}',
        'network_id': 'net',
        'mac_address': mac,
        'fixed_ips': [{'ip_address': one} for one in addresses],
    }


class ContentsTest(testtools.TestCase):
    def test_what_is_private_is_in_no_repr(self):
        found = contents(
            user_data=b'secret1',
            files={'/etc/x': b'secret2'},
            admin_pass='secret3',
        )
        self.assertNotIn('secret', repr(found))


@ddt.ddt
class DriveTest(testtools.TestCase):
    def files(self, **values):
        return test_build.files_of(configdrive.build(contents(**values)))

    def test_the_label(self):
        packed = base64.b64decode(configdrive.build(contents()))
        iso = pycdlib.PyCdlib()
        iso.open_fp(io.BytesIO(gzip.decompress(packed)))
        self.assertEqual(b'config-2', iso.pvd.volume_identifier.rstrip())

    def test_joliet_has_the_same(self):
        packed = base64.b64decode(configdrive.build(contents(user_data=b'x')))
        iso = pycdlib.PyCdlib()
        iso.open_fp(io.BytesIO(gzip.decompress(packed)))
        found = io.BytesIO()
        iso.get_file_from_iso_fp(
            found, joliet_path='/openstack/latest/user_data'
        )
        self.assertEqual(b'x', found.getvalue())

    def test_nothing_that_was_not_asked_for(self):
        self.assertEqual(
            {
                '/openstack/latest/meta_data.json',
                '/openstack/latest/network_data.json',
            },
            set(self.files()),
        )

    def test_empty_user_data(self):
        files = self.files(user_data=b'')
        self.assertEqual(b'', files['/openstack/latest/user_data'])

    def test_any_bytes(self):
        data = bytes(range(256)) * 40
        files = self.files(user_data=data, files={'/a': data, '/b': b''})
        self.assertEqual(data, files['/openstack/latest/user_data'])
        self.assertEqual(data, files['/openstack/content/0000'])
        self.assertEqual(b'', files['/openstack/content/0001'])

    def test_many_files_keep_their_order(self):
        given = {f'/etc/file-{n}': b'%d' % n for n in range(50)}
        files = self.files(files=given)
        listed = json.loads(files['/openstack/latest/meta_data.json'])['files']
        self.assertEqual(
            given,
            {
                one['path']: files['/openstack' + one['content_path']]
                for one in listed
            },
        )

    def test_names_in_any_letters(self):
        files = self.files(name='größe', metadata={'ü': '€'})
        found = json.loads(files['/openstack/latest/meta_data.json'])
        self.assertEqual(('größe', {'ü': '€'}), (found['name'], found['meta']))

    def test_the_same_twice_is_the_same(self):
        """But for the times that ISO 9660 has in it, its files are."""
        self.assertEqual(self.files(), self.files())


class NetworkTest(testtools.TestCase):
    def test_a_link_a_port(self):
        found = configdrive.network_data(
            contents(
                ports=[
                    port('52:54:00:00:00:01', '10.0.0.4'),
                    port('52:54:00:00:00:02', '10.0.0.5', '2001:db8::5'),
                ]
            )
        )
        self.assertEqual(
            ['52:54:00:00:00:01', '52:54:00:00:00:02'],
            [link['ethernet_mac_address'] for link in found['links']],
        )
        self.assertEqual(
            [
                ('interface0', 'ipv4_dhcp'),
                ('interface1', 'ipv4_dhcp'),
                ('interface1', 'ipv6_dhcp'),
            ],
            [(one['link'], one['type']) for one in found['networks']],
        )


@ddt.ddt
class SizeTest(testtools.TestCase):
    @ddt.data('###', 'a', 'YQ', 'YQ===')
    def test_what_is_no_base64(self, text):
        error = self.assertRaises(
            exceptions.BadRequest, configdrive.decode, 'user_data', text
        )
        self.assertIn('user_data', error.detail)

    def test_base64_in_lines(self):
        self.assertEqual(b'abc', configdrive.decode('x', 'YW\nJj\n'))

    def test_as_much_as_may_be(self):
        self.assertIsNone(configdrive.check_size(b'12345', {'/a': b'67'}, 7))

    def test_too_much(self):
        error = self.assertRaises(
            exceptions.BadRequest,
            configdrive.check_size,
            b'12345',
            {'/a': b'678'},
            7,
        )
        self.assertIn('8 bytes', error.detail)
