"""What tests share: rows and stores, extraction, kills, growth of CPU time."""
