"""No secret gets through, and nothing else gets lost."""

from __future__ import annotations

import ddt
import hypothesis
from hypothesis import strategies
import testtools

from moganclient.service import sanitize

_WORDS = strategies.text(
    strategies.characters(codec='ascii', categories=['L', 'N']),
    min_size=1,
    max_size=12,
)


@ddt.ddt
class StripUrlsTest(testtools.TestCase):
    @ddt.data(
        ('https://h/a.img?Signature=x', 'https://h/a.img'),
        ('https://u:p@h/a', 'https://h/a'),
        ('https://u:p@h:8080/a?b#c', 'https://h:8080/a'),
        ('https://u:p@ss@h/a', 'https://h/a'),
        ('https://u:p?q@h/a', 'https://***'),
        ('https://u:p/q@h/a', 'https://***'),
        ('https://[::1]:80/a#f', 'https://[::1]:80/a'),
        ('file:///srv/a.img', 'file:///srv/a.img'),
        ('swift://c/o?temp_url_sig=1', 'swift://c/o'),
        ('oci://reg/repo@sha256:00ff', 'oci://reg/repo@sha256:00ff'),
        ('see http://a?b and http://c?d.', 'see http://a and http://c.'),
        ('(http://a/b?c)', '(http://a/b)'),
        ('no URL?really', 'no URL?really'),
        ('', ''),
    )
    @ddt.unpack
    def test_stripped(self, text, expected):
        self.assertEqual(expected, sanitize.strip_urls(text))

    @hypothesis.given(_WORDS, _WORDS, _WORDS, _WORDS)
    def test_userinfo_and_query_never_stay(self, user, password, host, query):
        user, password, query = f'U-{user}', f'P-{password}', f'Q-{query}'
        found = sanitize.strip_urls(
            f'x https://{user}:{password}@{host}/img?sig={query} y'
        )
        self.assertEqual(f'x https://{host}/img y', found)


class CleanTest(testtools.TestCase):
    def test_urls_are_stripped_at_any_depth(self):
        self.assertEqual(
            {'a': [{'b': 'http://h/x'}]},
            sanitize.clean({'a': [{'b': 'http://u:p@h/x?y'}]}),
        )

    def test_values_under_secret_names_are_hidden(self):
        self.assertEqual(
            {'bmc_password': '***', 'cpus': 4, 'ssh_key': ''},
            sanitize.clean({'bmc_password': 'x', 'cpus': 4, 'ssh_key': ''}),
        )

    def test_the_original_stays_as_it_is(self):
        original = {'a': ['http://h/x?y']}
        sanitize.clean(original)
        self.assertEqual({'a': ['http://h/x?y']}, original)
