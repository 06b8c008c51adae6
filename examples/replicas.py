"""Many networks at once: a sweep over rates and seeds, an ensemble, gradients of each sample."""

import random

import glassgrad as gg

X, y = gg.data.moons(n=60, noise=0.35, seed=3)
labels = [2 * yi - 1 for yi in y]  # -1 and +1
rates = [0.003, 0.03, 0.3]
seeds = range(4)

model = gg.MLP(2, [8, 1], activation=["tanh", "linear"], rng=random.Random(0))
optimiser = gg.optim.Adam(model.parameters())


def step(X, labels, rate):
    """Move once by Adam, and return the loss before."""
    loss = gg.losses.mean_loss(gg.losses.hinge, [model(x) for x in X], labels)
    optimiser.zero_grad()
    loss.backward()
    optimiser.move(rate)
    return loss


# A replica for each pair of a seed and a rate. In its block, the model has its numbers.
pairs = [(seed, rate) for seed in seeds for rate in rates]
train = gg.compile(step, replicas=len(pairs), own=["rate"])
for replica, (seed, _) in zip(train.replicas, pairs):
    rng = random.Random(seed)
    with replica:
        for p in model.parameters():
            p.data = rng.uniform(-1.0, 1.0)

losses = train.repeat(200, X, labels, [rate for _, rate in pairs]).numbers[:, :, 0]
for rate in rates:
    last = [loss for (_, own), loss in zip(pairs, losses[-1]) if own == rate]
    print(f"rate {rate}: loss {min(last):.4f} to {max(last):.4f} over {len(last)} seeds")

# Another function on the same replicas: what all networks of the ensemble say of a point.
predict = gg.compile(lambda x: model(x), replicas=train.replicas)
votes = predict.numbers([0.5, 0.0])[:, 0]
print(f"{(votes > 0).sum()} of {len(votes)} networks put (0.5, 0) into the upper moon")

# The best one stays in the model.
best = losses[-1].argmin()
train.replicas[best].keep()


# A replica for each sample. What is only read, as the weights here, is common to all.
def of_sample(x, label):
    """Give the gradient of one sample's loss."""
    loss = gg.losses.hinge(model(x), label)
    model.zero_grad()
    loss.backward()
    return [p.grad for p in model.parameters()]


gradients = gg.compile(of_sample, replicas=len(X), own=["x", "label"]).numbers(X, labels)
sizes = (gradients**2).sum(axis=1) ** 0.5
print(f"{(sizes > 0).sum()} of {len(X)} samples still pull at the best network's weights")
