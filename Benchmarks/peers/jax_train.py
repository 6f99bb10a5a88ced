"""The training step of pytorch_train.py in JAX: jit, lax.scan over time, buffers donated; fp32."""
import jax
import jax.numpy as jnp
import numpy as np

from common import arguments, minibatches, report, timed

sizes = arguments(__doc__)
V, E, H, L, B = sizes.vocabulary, sizes.embedding, sizes.hidden, sizes.layers, sizes.batch
random = np.random.default_rng(1)


def uniform(*shape):
    return jnp.asarray(random.uniform(-0.05, 0.05, shape), jnp.float32)


weights = dict(
    embedding=uniform(V, E),
    input=[uniform(E if layer == 0 else H, 4 * H) for layer in range(L)],
    recurrent=[uniform(H, 4 * H) for _ in range(L)],
    bias=[uniform(4 * H) for _ in range(L)],
    decoder=uniform(H, V),
    decoder_bias=uniform(V),
)


def loss(weights, x, y, states):
    s, ends = weights["embedding"][x], []
    for layer in range(L):
        projected = s @ weights["input"][layer] + weights["bias"][layer]

        def cell(state, z, recurrent=weights["recurrent"][layer]):
            h, c = state
            i, f, g, o = jnp.split(z + h @ recurrent, 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        end, s = jax.lax.scan(cell, states[layer], projected)
        ends.append(end)
    logits = s @ weights["decoder"] + weights["decoder_bias"]
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[..., None], -1)), ends


def update(weights, squares, x, y, states):
    (nats, states), gradients = jax.value_and_grad(loss, has_aux=True)(weights, x, y, states)
    norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradients)))
    scale = jnp.minimum(1.0, 5.0 / norm)
    gradients = jax.tree.map(lambda g: g * scale, gradients)
    squares = jax.tree.map(lambda s, g: 0.9 * s + 0.1 * g * g, squares, gradients)
    weights = jax.tree.map(lambda w, s, g: w - 1e-3 * g / jnp.sqrt(s + 1e-8), weights, squares, gradients)
    return weights, squares, nats, states


update = jax.jit(update, donate_argnums=(0, 1, 4))
squares = jax.tree.map(jnp.zeros_like, weights)
states = [(jnp.zeros((B, H)), jnp.zeros((B, H))) for _ in range(L)]


def step(x, y):
    global weights, squares, states
    weights, squares, nats, states = update(weights, squares, jnp.asarray(x, jnp.int32), jnp.asarray(y, jnp.int32), states)
    jax.block_until_ready((weights, squares, states))
    return float(nats)


report(timed(step, minibatches(sizes), sizes.repetitions), jax.__version__)
