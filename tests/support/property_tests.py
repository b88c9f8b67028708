"""Settings for property tests."""

from hypothesis import Phase

# The phases of Hypothesis without those that only simplify a failing example: they run the test again for up to five
# minutes (MAX_SHRINKING_SECONDS in hypothesis/internal/conjecture/engine.py).
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target)
