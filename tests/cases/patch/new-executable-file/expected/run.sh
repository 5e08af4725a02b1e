exec python cart.py
