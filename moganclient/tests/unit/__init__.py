"""Unit tests; they mirror the package."""

import hypothesis

# Nothing here asserts a time: a busy machine is no failure.
hypothesis.settings.register_profile(
    'moganclient',
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile('moganclient')
