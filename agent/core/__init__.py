"""The values and protocols everything else is written in."""
