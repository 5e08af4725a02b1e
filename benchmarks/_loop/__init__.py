"""What `benchmarks/loop` is made of: the scripted work, who does it, and what is counted."""
