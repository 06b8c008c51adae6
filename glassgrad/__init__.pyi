"""What `import glassgrad as gg` offers, for editors and type checkers."""

from . import (
    data as data,
    draw as draw,
    functions as functions,
    losses as losses,
    nn as nn,
    numeric as numeric,
    ops as ops,
    optim as optim,
    transforms as transforms,
)
from .backward import topological as topological
from .compiler import TraceError as TraceError, compile as compile
from .explore.widget import explore as explore
from .functions import (
    dot as dot,
    log_softmax as log_softmax,
    logsumexp as logsumexp,
    mean as mean,
    softmax as softmax,
    take as take,
)
from .model_file import load_model as load_model, save_model as save_model
from .modes import (
    AnomalyError as AnomalyError,
    detect_anomaly as detect_anomaly,
    no_grad as no_grad,
)
from .nn import MLP as MLP, Layer as Layer, Module as Module, Neuron as Neuron
from .numeric import (
    check_grad as check_grad,
    numeric_derivative as numeric_derivative,
    sweep as sweep,
)
from .ops import (
    Primitive as _Primitive,
    acos as acos,
    asin as asin,
    atan as atan,
    atan2 as atan2,
    clip as clip,
    cos as cos,
    cosh as cosh,
    elu as elu,
    erf as erf,
    exp as exp,
    expm1 as expm1,
    floor as floor,
    gelu as gelu,
    leaky_relu as leaky_relu,
    log as log,
    log1p as log1p,
    maximum as maximum,
    minimum as minimum,
    primitive as primitive,
    relu as relu,
    sigmoid as sigmoid,
    sign as sign,
    silu as silu,
    sin as sin,
    sinh as sinh,
    softplus as softplus,
    sqrt as sqrt,
    tan as tan,
    tanh as tanh,
    where as where,
)
from .training import fit as fit
from .transforms import (
    grad as grad,
    hessian as hessian,
    jacobian as jacobian,
    jvp as jvp,
    value_and_grad as value_and_grad,
    vjp as vjp,
)
from .value import Value as Value

__version__: str
abs: _Primitive
pow: _Primitive
