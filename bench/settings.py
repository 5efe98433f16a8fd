"""The portal's settings over a benchmark database, with the two reference pages beside it."""

from campaign.settings import *  # noqa: F403
from campaign.settings import BASE_DIR, CACHES, DATABASES, TEMPLATES, env

if not str(DATABASES["default"]["NAME"]).rsplit("/", 1)[-1].startswith("bench_"):
    raise RuntimeError("The benchmark only ever works in a database of its own.")

ROOT_URLCONF = "bench.urls"
TEMPLATES[0]["DIRS"].append(BASE_DIR / "bench" / "templates")
CACHES["default"]["KEY_PREFIX"] = env.text("BENCH_CACHE_PREFIX", "bench")
# Figures are settled when the benchmark says so, never by a reader.
SETTLE_MODE = "beat"
JOBS_RUNNER = "inline"
