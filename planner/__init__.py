"""Write the plan once; everything else is derived, proved or enforced."""

__version__ = "0.1.0"
