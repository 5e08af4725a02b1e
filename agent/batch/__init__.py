"""Many tasks: worked off by processes, results on the disk first, graded by SWE-bench's rules."""
