"""The care team for other programs: FHIR R4 after the ANS guide "Gestion du cercle de soins" (CI-SIS, 2.0.0).

A program of an organisation (`System`) reads the circles in which people of its organisation are, and proposes others.
It puts nobody in: what it sends waits until a coordinator does it from a device (docs/decisions/0015).
"""
