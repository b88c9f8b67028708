"""Hypothesis settings for all tests."""

from hypothesis import HealthCheck, settings

# No deadline: a busy machine or a garbage collection can delay one example by any time.
settings.register_profile("onrecord", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onrecord")
