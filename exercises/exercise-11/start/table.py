"""Draws a tide table as a page."""

HARBOURS = ["Varne", "Sandlet", "Old Quay", "Lanternhouse"]

if __name__ == "__main__":
    print("\n".join(HARBOURS))
