# -*- coding: latin-1 -*-
NAME = "café"
DRINK = "thé"
PRICE = 3
