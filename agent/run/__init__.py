"""One run: baseline, loop, judge, within a budget."""
