RATE = 3

