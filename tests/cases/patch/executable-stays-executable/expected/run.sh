set -e
python basket.py
