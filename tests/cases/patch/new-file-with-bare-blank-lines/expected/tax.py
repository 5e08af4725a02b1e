import math


def tax(price):
    return math.ceil(price * 0.2)
