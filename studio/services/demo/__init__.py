"""The whole loop on sample products: make images, test them on simulated shoppers, promote.

Nothing is staged: images are jobs of the real queue, shoppers get the feed's decisions, their
impressions and clicks go through the real intake, and tests are advanced by the rule that a
scheduler applies. Only the shoppers are simulated, and the clock with them.

- `samples`: the products
- `shoppers`: what the simulated ones like, which the tests have to find out
- `loop`: the services, the clock and a product on its way; its images, its test
- `days`: visits, day by day
- `story`, `telling`: what there is to tell of it, and how that is gathered
"""
