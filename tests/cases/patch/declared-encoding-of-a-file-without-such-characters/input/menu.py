#!/usr/bin/env python
# vim: set fileencoding=cp1252 :
SIGN = "EUR"
PRICE = 3
