def total(prices, discount):
    result = 0
    for price in prices:
        result += price
    result -= discount
    if result < 0:
        result = 0
    return result
