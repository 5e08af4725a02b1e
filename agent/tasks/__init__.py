"""Tasks from where people keep them: SWE-bench files, issues, failing tests, logs of a CI."""
