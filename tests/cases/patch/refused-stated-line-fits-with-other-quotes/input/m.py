def first():
    say(“one”)
    show(x)
    end()


def second():
    say("one")
    show(x)
    end()
