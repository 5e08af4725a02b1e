def price(amount, member):
    """What a member pays."""
    if member:
        discount = amount // 10
        amount = amount - discount
    return amount


def label(amount):
    return "costs " + str(amount)
