def show(x):
    print x
    return None
