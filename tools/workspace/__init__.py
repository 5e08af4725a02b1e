"""Snapshots, work trees and the processes that run in them."""
