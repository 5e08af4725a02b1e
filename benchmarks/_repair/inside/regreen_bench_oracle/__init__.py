"""A pytest plug-in for the target's interpreter: one function as it is and as a patch has it, on the same inputs.

Inputs are what tests call the function with, and variants of these. Each call is looked at in a fork, so that the test
goes on undisturbed.
"""
