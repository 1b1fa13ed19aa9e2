"""The checker's station: a program on the checker's own machine, with no database and no console.

It reads the exported bytes itself, has the appliance's own reader say what they mean, and signs the
digest that it computed. A stolen console cannot put another batch under the checker's finger.
"""
