# -*- coding: latin-1 -*-
NAME = "café"
DRINK = "tea"
PRICE = 3
