def tax(price):
    return price * 0.2
