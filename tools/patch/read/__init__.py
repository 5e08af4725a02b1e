"""Reads unified diffs, *** Begin Patch and SEARCH/REPLACE as models write them; one kind of value comes out."""
