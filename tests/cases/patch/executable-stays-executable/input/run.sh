set -e
python cart.py
