"""A network learns to tell two moons apart; its boundary is drawn in the terminal."""

import random

import glassgrad as gg

X, y = gg.data.moons(n=60, noise=0.1, seed=3)
labels = [2 * yi - 1 for yi in y]  # -1 and +1

model = gg.MLP(2, [8, 1], activation=["tanh", "linear"], rng=random.Random(7))
optimiser = gg.optim.Adam(model.parameters(), lr=0.2)

for step in range(60):
    scores = [model(x) for x in X]
    loss = gg.losses.mean_loss(gg.losses.hinge, scores, labels)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    if step % 15 == 14:
        right = sum((s.data > 0) == (label > 0) for s, label in zip(scores, labels, strict=True))
        print(f"step {step + 1}: loss {loss.data:.4f}, {right} of {len(X)} right")

print(gg.draw.decision_boundary(lambda points: [model(p).data for p in points], X, labels))
