/* The labs, in the order of `crease labs`: LAB(NAME) is the constant lab_NAME of a file in this folder. No guard: list.c
 * reads this twice. */
LAB(gating)
LAB(vanishing)
LAB(mosaic)
LAB(homogeneity)
LAB(revival)
LAB(spline)
LAB(universal)
LAB(kink)
LAB(lipschitz)
LAB(milp)
LAB(gain)
LAB(inductive)
