"""Every tensor engine against the plain definition of each operation, in double precision."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading

import numpy as np
import numpy.typing as npt
import pytest
from voxaffect.engines import Array, TensorEngine, available_engines, default_engine, load_engine
from voxaffect.engines.blas_threads import blas_threads
from voxaffect.errors import ComponentUnavailableError, UnknownNameError


@pytest.fixture(scope="module", params=["numpy", "mlx"])
def engine(request: pytest.FixtureRequest) -> TensorEngine:
    """Each engine; MLX where it is installed."""
    if request.param == "mlx":
        pytest.importorskip("mlx.core")
    return load_engine(request.param)


def drawn(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def gelu(x: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    return np.vectorize(lambda value: value * 0.5 * math.erfc(-value / math.sqrt(2)))(x.astype(float))


def close(engine: TensorEngine, got: object, wanted: npt.NDArray[np.floating], within: float = 1e-5) -> bool:
    found = engine.to_numpy(got)
    assert found.shape == wanted.shape
    assert found.dtype == np.float32
    return bool(np.abs(found - wanted).max() <= within * max(1, np.abs(wanted).max()))


def test_gelu_is_that_of_erf_from_the_far_left_to_the_far_right(engine: TensorEngine) -> None:
    x = np.concatenate([np.linspace(-12, 12, 4001), [-1e20, -200, 200, 1e5]]).astype(np.float32)[:, None]
    got = engine.to_numpy(
        engine.linear(engine.tensor(x), engine.tensor(np.ones((1, 1), np.float32)), gelu=True)
    )
    wanted = gelu(x)
    assert np.abs(got - wanted)[:-4].max() < 2e-6
    assert got[-4:, 0] == pytest.approx([0, 0, 200, 1e5])


@pytest.mark.parametrize("rows", [1, 70, 700])
def test_linear_with_bias_and_gelu(engine: TensorEngine, rows: int) -> None:
    x, weight, bias = drawn(rows, 48), drawn(600, 48, seed=1), drawn(600, seed=2)
    plain = x.astype(float) @ weight.T.astype(float)
    tensors = engine.tensor(x), engine.tensor(weight)
    assert close(engine, engine.linear(*tensors), plain)
    assert close(engine, engine.linear(*tensors, engine.tensor(bias)), plain + bias)
    assert close(engine, engine.linear(*tensors, engine.tensor(bias), gelu=True), gelu(plain + bias))


@pytest.mark.parametrize(
    ("stride", "padding", "groups", "kernel"),
    [(1, 0, 1, 3), (2, 0, 1, 3), (2, 0, 1, 2), (5, 0, 1, 10), (1, 9, 4, 19)],
)
def test_convolutions(engine: TensorEngine, stride: int, padding: int, groups: int, kernel: int) -> None:
    x, weight, bias = drawn(61, 8), drawn(12, 8 // groups, kernel, seed=1), drawn(12, seed=2)
    padded = np.pad(x.astype(float), ((padding, padding), (0, 0)))
    n_out, inputs, outputs = (len(padded) - kernel) // stride + 1, 8 // groups, 12 // groups
    wanted = np.empty((n_out, 12))
    for t in range(n_out):
        for c in range(12):
            first = c // outputs * inputs
            part = padded[t * stride : t * stride + kernel, first : first + inputs]
            wanted[t, c] = (part * weight[c].T).sum() + bias[c]
    got = engine.conv1d(
        engine.tensor(x),
        engine.conv_weight(weight),
        engine.tensor(bias),
        stride=stride,
        padding=padding,
        groups=groups,
    )
    assert close(engine, got, wanted)


@pytest.mark.parametrize("rows", [1, 999])
def test_layer_norm(engine: TensorEngine, rows: int) -> None:
    x, weight, bias = 3 * drawn(rows, 96) + 7, drawn(96, seed=1), drawn(96, seed=2)
    exact = x.astype(float)
    normal = (exact - exact.mean(axis=1, keepdims=True)) / np.sqrt(exact.var(axis=1, keepdims=True) + 1e-5)
    tensor, pair = engine.tensor(x), (engine.tensor(weight), engine.tensor(bias))
    assert close(engine, engine.layer_norm(tensor), normal)
    assert close(engine, engine.layer_norm(tensor, *pair), normal * weight + bias)
    assert close(engine, engine.layer_norm(tensor, *pair, gelu=True), gelu(normal * weight + bias))


@pytest.mark.parametrize(("frames", "prefix"), [(1, 0), (40, 3), (700, 10), (700, 400)])
def test_attention_with_a_bias_by_distance_that_spares_the_prefix(
    engine: TensorEngine, frames: int, prefix: int
) -> None:
    slopes, length = np.array([0.5, 0.0, 0.03], np.float32), frames + prefix
    q, k, v = (drawn(length, 24, seed=seed) for seed in range(3))
    place = np.arange(frames)
    bias = np.zeros((3, length, length))
    bias[:, prefix:, prefix:] = -slopes[:, None, None] * np.abs(place[:, None] - place)
    wanted = np.empty((length, 24))
    for head in range(3):
        columns = slice(8 * head, 8 * head + 8)
        odds = np.exp(q[:, columns].astype(float) @ k[:, columns].T / math.sqrt(8) + bias[head])
        wanted[:, columns] = odds / odds.sum(axis=1, keepdims=True) @ v[:, columns]
    got = engine.attention(
        *map(engine.tensor, (q, k, v)),
        n_heads=3,
        bias=engine.distance_bias(slopes, frames, n_prefix=prefix),
    )
    assert close(engine, got, wanted)


def test_attention_survives_scores_beyond_what_exp_can_hold(engine: TensorEngine) -> None:
    q = np.full((5, 4), 60, np.float32)
    got = engine.attention(engine.tensor(q), engine.tensor(q), engine.tensor(drawn(5, 4)), n_heads=1)
    assert close(engine, got, np.repeat(drawn(5, 4).mean(axis=0, keepdims=True), 5, axis=0))


@pytest.mark.parametrize(("first", "second"), [(1, 2), (70, 9), (150, 700)])
def test_self_attention_is_projections_around_the_attention_of_each_stretch(
    engine: TensorEngine, first: int, second: int
) -> None:
    x, (qkv, out) = drawn(first + second, 24), (drawn(72, 24, seed=1), drawn(24, 24, seed=2))
    pairs = (qkv / 5, drawn(72, seed=3)), (out, drawn(24, seed=4))
    spans, slopes = [slice(0, first), slice(first, first + second)], np.array([0.5, 0.0, 0.03], np.float32)
    biases = [engine.distance_bias(slopes, first - 1, n_prefix=1), None]
    projected = engine.linear(engine.tensor(x), *map(engine.tensor, pairs[0]))
    heard = [
        engine.to_numpy(
            engine.attention(
                projected[span, :24], projected[span, 24:48], projected[span, 48:], n_heads=3, bias=bias
            )
        )
        for span, bias in zip(spans, biases, strict=True)
    ]
    got = engine.self_attention(
        engine.tensor(x),
        (engine.tensor(pairs[0][0]), engine.tensor(pairs[0][1])),
        (engine.tensor(pairs[1][0]), engine.tensor(pairs[1][1])),
        n_heads=3,
        spans=spans,
        biases=biases,
    )
    assert close(engine, got, np.concatenate(heard).astype(float) @ out.T + pairs[1][1])


@pytest.mark.parametrize("rows", [1, 16, 159, 700])
def test_feed_forward_is_two_linear_layers_with_a_gelu_between(engine: TensorEngine, rows: int) -> None:
    x, up, down = drawn(rows, 24), drawn(100, 24, seed=1), drawn(24, 100, seed=2)
    offsets = drawn(100, seed=3), drawn(24, seed=4)
    wanted = gelu(x.astype(float) @ up.T + offsets[0]) @ down.T + offsets[1]
    got = engine.feed_forward(
        engine.tensor(x),
        (engine.tensor(up), engine.tensor(offsets[0])),
        (engine.tensor(down), engine.tensor(offsets[1])),
    )
    assert close(engine, got, wanted)


@pytest.mark.parametrize("threads", ["1", "3"])
def test_any_number_of_threads_gives_the_same_to_rounding(threads: str) -> None:
    program = (
        "import numpy as np; from voxaffect.engines import load_engine; e = load_engine('numpy');"
        "d = lambda *s: np.random.default_rng(0).standard_normal(s).astype('f');"
        "x = e.conv1d(d(100, 24), e.conv_weight(d(24, 3, 5)), padding=2, groups=8);"
        "x = e.self_attention(x, (d(72, 24) / 9, d(72)), (d(24, 24), d(24)), n_heads=4,"
        " spans=[slice(0, 100)], biases=[None]);"
        "x = e.feed_forward(x, (d(96, 24), d(96)), (d(24, 96), d(24)));"
        "print(e.n_threads, *np.abs(x).sum(axis=0))"
    )

    def run(n_threads: str) -> list[float]:
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"OPENBLAS_NUM_THREADS": n_threads},
        )
        return [float(value) for value in done.stdout.split()][1:]

    assert run(threads) == pytest.approx(run("2"), rel=1e-4)


@pytest.mark.parametrize("frames", [1, 2, 14, 25, 26, 149, 1499])
def test_blocks_cover_every_frame_once(engine: TensorEngine, frames: int) -> None:
    blocks = engine.blocks(frames)
    assert [i for block in blocks for i in range(block.start, block.stop)] == list(range(frames))
    assert all(block.stop > block.start for block in blocks)


@pytest.mark.parametrize("frames", [1, 2, 3, 60])
def test_a_convolution_by_two_of_any_length_with_gelu(engine: TensorEngine, frames: int) -> None:
    x, weight, bias = drawn(frames, 8), drawn(12, 8, 3, seed=1), drawn(12, seed=2)
    padded = np.pad(x.astype(float), ((1, 1), (0, 0)))
    wanted = [np.einsum("kc,ock->o", padded[t : t + 3], weight) + bias for t in range(0, len(padded) - 2, 2)]
    got = engine.conv1d(
        engine.tensor(x), engine.conv_weight(weight), engine.tensor(bias), stride=2, padding=1, gelu=True
    )
    assert close(engine, got, gelu(np.array(wanted)))


def test_no_operation_changes_its_arguments() -> None:
    engine = load_engine("numpy")
    x, square, bias = drawn(300, 64), drawn(64, 64, seed=1), drawn(64, seed=2)
    before = x.copy()
    engine.linear(x, square, bias, gelu=True)
    engine.layer_norm(x, bias, bias, gelu=True)
    engine.conv1d(x, engine.conv_weight(drawn(64, 64, 3)), bias, padding=1)
    distance = engine.distance_bias(np.ones(4, np.float32), 290, n_prefix=10)
    engine.attention(x, x, x, n_heads=4, bias=distance)
    qkv = np.concatenate([square] * 3), np.concatenate([bias] * 3)
    engine.self_attention(x, qkv, (square, bias), n_heads=4, spans=[slice(0, 300)], biases=[distance])
    engine.feed_forward(x, (square, bias), (square, bias))
    assert np.array_equal(x, before)


def test_pieces_keep_their_order_and_an_error_in_one_comes_out(engine: TensorEngine) -> None:
    assert engine.map(lambda n: n * n, range(50)) == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        engine.map(lambda n: 1 // n, [3, 2, 1, 0, 1])
    assert engine.map(str, [1, 2]) == ["1", "2"]


def test_pieces_may_be_split_in_pieces(engine: TensorEngine) -> None:
    assert engine.map(lambda n: sum(engine.map(lambda m: n * m, range(4))), range(20)) == [
        6 * n for n in range(20)
    ]


def test_the_blas_has_its_threads_back_after_work_from_several_threads() -> None:
    blas = blas_threads()
    if blas is None:
        pytest.skip("this numpy has another BLAS than OpenBLAS")
    before, engine = blas.get(), load_engine("numpy")
    x, weight = drawn(200, 256), drawn(512, 256, seed=1)
    wanted, wrong = x @ weight.T, []

    def run() -> None:
        for _ in range(20):
            if not np.allclose(engine.linear(x, weight), wanted, atol=1e-4):
                wrong.append("differs")

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert blas.get() == before


def test_the_default_engine_is_the_fastest_of_those_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_engine().name == default_engine() == available_engines()[0]
    monkeypatch.setattr("voxaffect.engines.importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("voxaffect.engines.sys.platform", "darwin")
    monkeypatch.setattr("voxaffect.engines.platform.machine", lambda: "arm64")
    assert available_engines() == ("mlx", "numpy")
    monkeypatch.setattr("voxaffect.engines.sys.platform", "linux")
    assert available_engines() == ("numpy", "mlx")


def test_an_engine_that_is_not_there_is_an_error_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownNameError, match="unknown engine 'numpi'; did you mean 'numpy'"):
        load_engine("numpi")
    monkeypatch.setattr("voxaffect.engines.importlib.util.find_spec", lambda name: None)
    with pytest.raises(ComponentUnavailableError, match="pip install"):
        load_engine("mlx")


def test_the_numpy_engine_imports_no_mlx() -> None:
    program = (
        "import sys; from voxaffect.engines import load_engine; "
        "load_engine('numpy'); print('mlx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
