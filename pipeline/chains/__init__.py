"""mentions -> chains: what an article says of each person, place and body that it names."""
