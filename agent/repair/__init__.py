"""The embedded repair engine: small edits that may turn a red test green."""
