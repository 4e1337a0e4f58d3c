using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Logistic;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Tests.Models.Classes;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Logistic;

public sealed class LogisticSolverTests
{
    /// <summary>
    /// A path of penalties, on which factors of earlier ones are in use, ends where full Newton steps over all classes end: with factors of
    /// all axes, of the first two, and of none. Both stop where √(gᵀH⁻¹g) is 1e-10 of the size.
    /// </summary>
    [Theory]
    [InlineData(40, 12, 3, true)]
    [InlineData(60, 8, 2, false)]
    [InlineData(24, 50, 4, false)]
    [InlineData(50, 6, 10, true)]
    public void TrySolve_PathOfPenalties_EqualsFullNewton(int n, int p, int classes, bool isBalanced)
    {
        Problem problem = Make(n, p, classes, isBalanced, 31);
        LogisticSolver[] solvers = [problem.Solver(), problem.Solver(2 * (classes - 1)), problem.Solver(0)];
        foreach (double inversePenalty in (double[])[0.1, 10, 1e3, 1e6])
        {
            (double[] expected, double[] expectedIntercepts) = NaiveLogistic.Solve(problem.Z, problem.Classes, problem.Weights, classes, inversePenalty);
            for (int s = 0; s < solvers.Length; s++)
            {
                Assert.True(solvers[s].TrySolve(inversePenalty));
                (Matrix coefficients, double[] intercepts) = solvers[s].Solution();
                string what = $"C = {inversePenalty}, solver {s}";
                Tolerance.AssertClose(expected, coefficients.Values, 1e-8, what);
                Tolerance.AssertClose(expectedIntercepts, intercepts, 1e-8, what);
            }
        }
    }

    /// <summary>What the factors are for: with them a path takes fewer products than with the diagonal alone.</summary>
    [Fact]
    public void TrySolve_WeakPenalty_TakesFewProducts()
    {
        Problem problem = Make(120, 60, 3, isBalanced: false, 32);
        int Count(int factoredMax)
        {
            LogisticSolver solver = problem.Solver(factoredMax);
            Assert.All((double[])[1, 1e2, 1e4, 1e6], inversePenalty => Assert.True(solver.TrySolve(inversePenalty)));
            Assert.True(solver.RenewalCount > 0);
            return solver.ProductCount;
        }

        int factored = Count(LogisticSolver.FactoredMax);
        int plain = Count(0);
        Assert.True(factored < 400, $"{factored} products with factors.");
        Assert.True(plain > 1.5 * factored, $"{plain} products without factors, {factored} with them.");
    }

    /// <summary>
    /// With C = 1e12 all samples are as good as certain. H is at least 1 in every direction of B, so the gradient there, computed here from
    /// differences of scores alone, bounds the distance from the solution; the intercepts' own part is held beside what it sums up.
    /// </summary>
    [Theory]
    [InlineData(40, 12, 2)]
    [InlineData(60, 100, 3)]
    [InlineData(100, 20, 5)]
    public void TrySolve_ClassesApart_SettlesAtTheMinimum(int n, int p, int classes)
    {
        Problem problem = Make(n, p, classes, isBalanced: false, 33);
        LogisticSolver solver = problem.Solver();
        foreach (double inversePenalty in (double[])[1, 1e3, 1e6, 1e9, 1e12])
        {
            Assert.True(solver.TrySolve(inversePenalty));
            (Matrix B, double[] intercepts) = solver.Solution();
            Matrix gradient = B.View.ToMatrix();
            double[] free = new double[classes];
            double terms = 0;
            for (int i = 0; i < n; i++)
            {
                int own = problem.Classes[i];
                double[] scores = [.. Enumerable.Range(0, classes).Select(c => intercepts[c] + Products.Dot(B.Row(c), problem.Z.Row(i)))];
                double others = scores.Where((_, c) => c != own).Sum(score => Math.Exp(score - scores[own]));
                double total = 1 + others;
                for (int c = 0; c < classes; c++)
                {
                    double one = c == own ? -others / total : Math.Exp(scores[c] - scores[own]) / total;
                    Products.Axpy(inversePenalty * one, problem.Z.Row(i), gradient.Row(c));
                    free[c] += inversePenalty * one;
                    terms += Math.Abs(inversePenalty * one);
                }
            }

            double size = Math.Sqrt(Products.Dot(B.Values, B.Values));
            Tolerance.AssertZero(gradient.Values, 1e-8, size, $"gradient for C = {inversePenalty}");
            Tolerance.AssertZero(free, 1e-9, terms, $"intercepts for C = {inversePenalty}");
        }
    }

    [Fact]
    public void TrySolve_ClassWithoutSamples_LeavesTheOthersAsTheyAre()
    {
        Problem problem = Make(30, 10, 2, isBalanced: false, 34);
        var three = new LogisticSolver(problem.Z, [.. problem.Classes.Select(c => 2 * c)], problem.Weights, [true, false, true]);
        LogisticSolver two = problem.Solver();
        Assert.True(three.TrySolve(10));
        Assert.True(two.TrySolve(10));
        (Matrix B, double[] intercepts) = three.Solution();
        (Matrix expected, double[] expectedIntercepts) = two.Solution();
        Assert.Equal((double[])[expectedIntercepts[0], 0, expectedIntercepts[1]], intercepts);
        Assert.Equal(expected.Row(0).ToArray(), B.Row(0).ToArray());
        Assert.All(B.Row(1).ToArray(), value => Assert.Equal(0, value));
        Assert.Equal(expected.Row(1).ToArray(), B.Row(2).ToArray());
    }

    /// <summary>Spectra that say nothing: the intercepts are the logarithms of the shares, less their mean.</summary>
    [Fact]
    public void TrySolve_NoDirections_GivesLogarithmsOfShares()
    {
        int[] classes = [0, 0, 0, 0, 0, 0, 1, 1, 2];
        var solver = new LogisticSolver(new Matrix(9, 0), classes, [.. classes.Select(_ => 1.0)], [true, true, true]);
        Assert.True(solver.TrySolve(100));
        double[] shares = [Math.Log(6), Math.Log(2), Math.Log(1)];
        Tolerance.AssertClose([.. shares.Select(share => share - shares.Average())], solver.Solution().Intercepts, 1e-12, "intercepts");
    }

    /// <summary>H d is the derivative of the gradient; tolerance: central differences of step h leave h² and rounding over h.</summary>
    [Fact]
    public void Multiply_AnyDirection_IsTheDerivativeOfTheGradient()
    {
        Problem problem = Make(30, 8, 4, isBalanced: true, 35);
        var loss = new LogisticLoss(problem.Z, problem.Classes, problem.Weights, 4) { InversePenalty = 50 };
        Matrix at = Values(loss, 36);
        Matrix direction = Values(loss, 37);
        Matrix image = Values(loss, 38);
        loss.At(at);
        loss.Multiply(direction, image);
        const double h = 1e-5;
        Matrix Gradient(double part)
        {
            Matrix moved = at.View.ToMatrix();
            Products.Axpy(part, direction.Values, moved.Values);
            Matrix gradient = Values(loss, 39);
            loss.At(moved);
            loss.Differentiate(moved, gradient);
            return gradient;
        }

        Matrix difference = Gradient(h);
        Products.Axpy(-1, Gradient(-h).Values, difference.Values);
        Products.Scale(1 / (2 * h), difference.Values);
        Tolerance.AssertClose(difference.Values, image.Values, 1e-7, "H d");
    }

    /// <summary>With every axis factored, what stands for H is H; with none it is H's diagonal, and so it is where H is not positive.</summary>
    [Fact]
    public void Factorise_AllAxesOrNone_IsHOrItsDiagonal()
    {
        Problem problem = Make(40, 6, 3, isBalanced: false, 40);
        var loss = new LogisticLoss(problem.Z, problem.Classes, problem.Weights, 3) { InversePenalty = 1e6 };
        Matrix at = Values(loss, 41);
        Products.Scale(0.01, at.Values);
        loss.At(at);
        Matrix x = Values(loss, 42);
        Matrix solved = Values(loss, 43);
        Matrix back = Values(loss, 44);

        var all = new LeadingCurvature(loss, 100);
        all.Factorise();
        all.Solve(x, solved);
        loss.Multiply(solved, back);

        // H's condition is about 1e7, its rounding 1e-16.
        Tolerance.AssertClose(x.Values, back.Values, 1e-7, "H times the solution");

        AssertDiagonal(new LeadingCurvature(loss, 0));
        loss.InversePenalty = -1e-3;
        AssertDiagonal(new LeadingCurvature(loss, 100));

        void AssertDiagonal(LeadingCurvature curvature)
        {
            curvature.Factorise();
            curvature.Solve(x, solved);
            for (int u = 0; u < x.Values.Length; u++)
            {
                var unit = new Matrix(x.Rows, x.Columns);
                unit.Values[u] = 1;
                loss.Multiply(unit, back);
                Tolerance.AssertClose(x.Values[u] / back.Values[u], solved.Values[u], 1e-9, Math.Abs(solved.Values[u]), "diagonal");
            }
        }
    }

    private static Matrix Values(LogisticLoss loss, ulong seed)
    {
        var random = new Pcg64(seed);
        var values = new Matrix(loss.ContrastCount, loss.Width);
        foreach (ref double value in values.Values)
        {
            value = random.NextNormal();
        }

        return values;
    }

    private static Problem Make(int n, int p, int classes, bool isBalanced, ulong seed)
    {
        (Matrix x, Matrix y) = ClassFamilyTests.Clouds(n, p, classes, seed);
        using var calibration = ClassCalibration.Of(x.View, y.View);
        var space = PrincipalSpace.Of(calibration.X);
        Products.Scale(1 / Math.Sqrt(calibration.SquaredNorm / x.Rows), space.Coordinates.Values);
        return new Problem(space.Coordinates, calibration.Classes, calibration.Weights(isBalanced), classes);
    }

    private sealed record Problem(Matrix Z, int[] Classes, double[] Weights, int ClassCount)
    {
        public LogisticSolver Solver(int factoredMax = LogisticSolver.FactoredMax) =>
            new(Z, Classes, Weights, [.. Enumerable.Repeat(true, ClassCount)], factoredMax);
    }
}
