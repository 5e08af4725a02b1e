"""The hands of regreen: what a proposer and the loop can do to a repository."""
