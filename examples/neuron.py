"""The lecture's neuron, backpropagated and drawn. Run with a file name to save the picture."""

import sys

import glassgrad as gg
from glassgrad import Value

x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
b = Value(6.8813735870195432, label="b")

n = x1 * w1 + x2 * w2 + b
n.label = "n"
o = n.tanh()
o.label = "o"
o.backward()

picture = gg.draw.graph(o)
if len(sys.argv) > 1:
    picture.save(sys.argv[1])
else:
    print(picture)
