"""The lab: many candidate edits tried in warm interpreters, each in a fork, on scratch copies of the workspace."""
