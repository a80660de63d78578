"""Characters that are not shown, or that change how the text around them is shown.

Each name is the inside of a character class of a regular expression, so that they can be joined.
"""

from typing import Final

LAYOUT: Final = "\t\n\r"
CONTROLS: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 and C1, without the layout
DIRECTIONS: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
LINE_SEPARATORS: Final = "\u2028\u2029"
BYTE_ORDER_MARK: Final = "\ufeff"
ZERO_WIDTH: Final = f"\u200b-\u200d\u2060-\u2065{BYTE_ORDER_MARK}"
# The rest of Unicode's format characters (Cf), and of those that are not drawn
# (Default_Ignorable_Code_Point): soft hyphens, fillers, variation selectors, tags.
IGNORED: Final = (
    "\u00ad\u034f\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
NONCHARACTERS: Final = "\ufffe\uffff"
SURROGATES: Final = "\ud800-\udfff"  # `os.fsdecode` makes one of each byte that is not UTF-8

NOT_SHOWN: Final = "".join(
    (LAYOUT, CONTROLS, DIRECTIONS, LINE_SEPARATORS, ZERO_WIDTH, NONCHARACTERS, SURROGATES)
)
