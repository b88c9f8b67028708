"""Articles withdrawn on request: the lists, copies of their texts, erasure from the disk."""
