def show(x):
    print x
    return x
