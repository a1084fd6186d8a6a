"""How fast orders come in, against what PostgreSQL can do at best with the same rows."""

from orders.intake.bench.api import intake_api
from orders.intake.bench.batch import intake_batch

BENCHES = {"intake_batch": intake_batch, "intake_api": intake_api}
