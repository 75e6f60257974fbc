#!/usr/bin/env python3
"""Writes overtime.csv: weekly pay of 200 simulated workers, 20 an hour up to 40 hours and 30 beyond.

    python3 gen_overtime.py > overtime.csv

Truth: kink at 40 h/week, slopes 20 and 30 per hour, normal noise of standard deviation 25, seed 7.
"""
import random

random.seed(7)
print("hours,pay")
for _ in range(200):
    hours = random.uniform(10, 65)
    pay = 20 * hours + 10 * max(0, hours - 40) + random.gauss(0, 25)
    print(f"{hours:.2f},{pay:.2f}")
