"""`python -m benchmarks.contender`: one contender in a process of its own; prints what it cost."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.measured import Measured

CONTENDERS = ("product", "floor", "naive")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("place", type=Path, help="what was prepared for it")
    parser.add_argument("--channel", choices=("email", "sms"), default="email")
    parser.add_argument("--database", help="a URL, where it is not a file of the place")
    parser.add_argument("--batch-size", type=int, default=100, help="of the product")
    parser.add_argument("--workers", type=int, default=1, help="of the product, itself one of them")
    parser.add_argument("--port", type=int, required=True, help="of the stand-in")
    parser.add_argument("--touches", type=int, required=True)
    parser.add_argument("--warm-up", type=int, required=True)
    sys.stdout.write(json.dumps(asdict(_run(parser.parse_args()))))


def _run(wish: argparse.Namespace) -> Measured:
    """Nothing of another contender is imported, for that would count into this one's memory."""
    if wish.name == "product":
        from benchmarks import product
        from benchmarks.product_run import Run

        run = Run(wish.place, wish.channel, wish.database, wish.batch_size)
        return product.measure(run, port=wish.port, touches=wish.touches, workers=wish.workers)
    url = f"http://127.0.0.1:{wish.port}"
    if wish.name == "floor":
        from benchmarks import floor

        return floor.run(
            wish.place,
            wish.channel,
            url=url,
            database=wish.database,
            touches=wish.touches,
            warm_up=wish.warm_up,
        )
    from benchmarks import naive

    return naive.run(wish.place, url, touches=wish.touches, warm_up=wish.warm_up)


if __name__ == "__main__":
    main()
