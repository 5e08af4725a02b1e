RATE = 0.2


def tax(price):
    return price * RATE
