"""Parts of benchmarks/batch.py."""
