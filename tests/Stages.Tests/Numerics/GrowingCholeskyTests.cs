using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;
using MathNetMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class GrowingCholeskyTests
{
    /// <summary>
    /// Aim: after any gains and losses the factor solves its system. Method: random operations beside a list of the
    /// variables held, whose system is solved anew. Tolerance: the condition of 60 random variables of 90 samples is below 1e4.
    /// </summary>
    [Fact]
    public void Solve_AfterRandomGainsAndLosses_EqualsANewFactor()
    {
        const int Variables = 60;
        var rng = new Pcg64(5);
        var x = MathNetMatrix.Build.Dense(90, Variables, (_, _) => rng.NextNormal());
        MathNetMatrix cross = x.TransposeThisAndMultiply(x);
        var factor = new GrowingCholesky();
        var held = new List<int>();
        for (int step = 0; step < 600; step++)
        {
            int variable = rng.NextInt(Variables);
            if (held.IndexOf(variable) is var position and >= 0)
            {
                factor.RemoveAt(position);
                held.RemoveAt(position);
            }
            else
            {
                Assert.True(factor.TryAppend([.. held.Select(other => cross[variable, other])], cross[variable, variable]));
                held.Add(variable);
            }

            if (held.Count == 0)
            {
                continue;
            }

            double[] right = [.. held.Select(_ => rng.NextNormal())];
            var system = MathNetMatrix.Build.Dense(held.Count, held.Count, (i, j) => cross[held[i], held[j]]);
            double[] expected = system.Cholesky().Solve(MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(right)).ToArray();
            factor.Solve(right);
            Assert.Equal(held.Count, factor.Count);
            Tolerance.AssertClose(expected, right, 1e-10, $"Step {step}");
        }
    }

    [Fact]
    public void TryAppend_DependentVariable_IsRefusedAndForgotten()
    {
        var factor = new GrowingCholesky();
        Assert.True(factor.TryAppend([], 4));
        Assert.False(factor.TryAppend([8], 16));
        Assert.True(factor.TryAppend([2], 5));
        double[] v = [8, 7];
        factor.Solve(v);
        Tolerance.AssertClose([1.625, 0.75], v, 1e-15, "Solution");
        Assert.Throws<ArgumentOutOfRangeException>(() => factor.RemoveAt(2));
        factor.Clear();
        Assert.Equal(0, factor.Count);
    }
}
