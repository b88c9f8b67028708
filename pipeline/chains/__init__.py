"""mentions -> chains: what an article says about each person, place and body that it names."""
