"""Review of a patch as data: what in it would let tests pass without the code being right. Nothing is run."""
