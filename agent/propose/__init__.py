"""Who proposes the next step: the embedded repair engine, or a script."""
