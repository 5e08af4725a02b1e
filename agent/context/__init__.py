"""What a model is shown first: the task as data, within a budget of characters."""
