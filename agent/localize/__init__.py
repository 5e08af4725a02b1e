"""Where the fault is: line spectra of failing and passing tests, with the stack trace as a factor."""
