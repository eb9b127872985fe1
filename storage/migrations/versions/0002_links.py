"""An upload's receipt may have a link, by which a text shows its picture."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was uploaded before has none."""
    op.add_column("steps", sa.Column("receipt_link", sa.Text(), nullable=True))
