"""Field types of request and response bodies that several slices share.

NUL is refused because Postgres cannot store it in a text.
"""

from typing import Annotated

from msgspec import Meta

NO_NUL = r"^[^\u0000]*$"

Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=NO_NUL,
        description="A name for people, without the character NUL.",
        examples=["Ada"],
    ),
]
# Printable ASCII around one @ and a dot: Python and Postgres then agree on its lower
# case. `$` alone would let a line feed through at the end.
Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=r"^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$(?!\n)",
        description="An e-mail address; upper and lower case are the same.",
        examples=["ada@example.com"],
    ),
]
Password = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=256,
        description="At least eight characters of any kind.",
        examples=["correct horse battery staple"],
    ),
]
