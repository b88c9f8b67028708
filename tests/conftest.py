"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# Tests compare no times: a busy machine or a garbage collection makes one example take any time.
settings.register_profile("onrecord", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onrecord")
