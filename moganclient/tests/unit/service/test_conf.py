"""Configuration: defaults, files, and what is said of wrong ones."""

from __future__ import annotations

import pathlib

import ddt
import fixtures
import testtools

from moganclient.service import conf as service_conf
from moganclient.service import exceptions


@ddt.ddt
class LoadTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.home = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        for name, value in (
            ('HOME', str(self.home)),
            ('XDG_DATA_HOME', str(self.home / 'data')),
            (service_conf.CONFIG_FILES_VARIABLE, None),
        ):
            self.useFixture(fixtures.EnvironmentVariable(name, value))

    def write(self, text, name='test.conf'):
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def test_defaults_work_on_a_laptop(self):
        conf = service_conf.load()
        self.assertEqual(
            ('static', '127.0.0.1', 6688),
            (conf.driver, conf.api.host, conf.api.port),
        )
        self.assertEqual(
            f'sqlite:///{self.home}/data/moganclient/moganclient.sqlite',
            conf.database.connection,
        )
        self.assertTrue(pathlib.Path(conf.static.inventory_file).exists())
        self.assertTrue(service_conf.is_laptop(conf))

    def test_who_may_call_has_no_default(self):
        self.assertIsNone(service_conf.load().auth_strategy)

    def test_file_is_read(self):
        path = self.write('[api]\nport = 7000\n')
        conf = service_conf.load(config_files=[path])
        self.assertEqual(7000, conf.api.port)
        self.assertEqual([path], service_conf.config_files(conf))
        self.assertFalse(service_conf.is_laptop(conf))

    def test_file_in_the_usual_place_is_found(self):
        path = self.write(
            '[api]\nport = 7000\n', '.moganclient/moganclient.conf'
        )
        self.assertEqual(
            [path], service_conf.config_files(service_conf.load())
        )

    def test_no_file_is_looked_for_where_none_is_wanted(self):
        self.write('[api]\nport = 7000\n', '.moganclient/moganclient.conf')
        self.assertEqual(6688, service_conf.load(config_files=[]).api.port)

    def test_another_database_is_no_laptop(self):
        conf = service_conf.load()
        conf.set_override('connection', 'postgresql://x/y', 'database')
        self.assertFalse(service_conf.is_laptop(conf))

    def test_wsgi_reads_the_files_of_the_environment(self):
        paths = [
            self.write('[api]\nport = 7000\nthreads = 3\n', 'a.conf'),
            self.write('[api]\nport = 7001\n', 'b.conf'),
        ]
        self.useFixture(
            fixtures.EnvironmentVariable(
                service_conf.CONFIG_FILES_VARIABLE, ':'.join(paths)
            )
        )
        conf = service_conf.load_for_wsgi()
        self.assertEqual((7001, 3), (conf.api.port, conf.api.threads))

    def test_missing_file_is_named(self):
        error = self.assertRaises(
            exceptions.ConfigError,
            service_conf.load,
            config_files=['/nonesuch/x.conf'],
        )
        self.assertIn('/nonesuch/x.conf', str(error))

    @ddt.data(
        ('[api]\nport = many\n', 'port'),
        ('[api]\nmax_limit = 0\n', 'max_limit'),
        ('auth_strategy = none\n', 'test.conf'),
        ('[DEFAULT]\nauth_strategy = none\n', 'auth_strategy'),
        ('[api\n', 'test.conf:1'),
        ('[ironic]\npage_size = 0\n', 'page_size'),
        ('[flows]\nlease = long\n', 'lease'),
    )
    @ddt.unpack
    def test_wrong_value_is_named_with_its_file(self, text, words):
        path = self.write(text)
        error = self.assertRaises(
            exceptions.ConfigError, service_conf.load, config_files=[path]
        )
        self.assertIn(words, str(error))
        self.assertIn('test.conf', str(error))
        self.assertNotIn('\n', str(error))
        self.assertNotIn('LocationInfo', str(error))

    def test_upstreams_find_their_services(self):
        conf = service_conf.load()
        self.assertEqual('baremetal', conf.ironic.service_type)
        self.assertEqual('network', conf.neutron.service_type)
        self.assertEqual('image', conf.glance.service_type)
        self.assertEqual(['internal', 'public'], conf.glance.valid_interfaces)
        self.assertEqual(30, conf.neutron.timeout)

    def test_sample_has_every_option_that_is_registered(self):
        conf = service_conf.load()
        sample = {
            (group, opt.dest)
            for group, opts in service_conf.list_opts()
            for opt in opts
        }
        for group in ('api', 'database', 'flows', 'static', 'ironic'):
            for name in conf[group]:
                self.assertIn((group, name), sample)

    def test_sample_has_the_defaults_that_are_used(self):
        for group, opts in service_conf.list_opts():
            if group == 'neutron':
                found = {opt.dest: opt.default for opt in opts}
        self.assertEqual(
            ('network', 30), (found['service_type'], found['timeout'])
        )
