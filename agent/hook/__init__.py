"""What is staged, checked: the tests it can affect, what it did to them, a patch for those that are red."""
