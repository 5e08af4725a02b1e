def price(amount, member):
    """What a member pays."""
    if member:
        discount = amount // 10
        amount = amount - discount
    return max(amount, 0)


def label(amount):
    return "costs " + str(amount)
