"""What a retired Mogan server answered, as data for tests.

``captures.jsonl`` has one exchange a line, as it went over the wire between a
client and the last release of the original server (December 2018): ``name``,
``as_user`` (who asked: an admin, members of two projects, somebody without a
token), ``method``, ``path``, ``request`` (JSON decoded, a string where
something else was sent), ``status``, ``headers``, ``response``.  A number at
the end of a name is the status that was expected; ``status`` is what came.

The host became ``mogan.example``, and where a private key was generated, text
that is no key stands in its place.  Nothing else was touched, whatever one may
think of it.
"""
