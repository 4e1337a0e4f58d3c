using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Packed;
using Pipeline.Stages.Numerics.Random;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Stages.Tests.Numerics;

/// <summary>Packed products against the plain triple loop, to the bit: only the blocks of k belong to the arithmetic.</summary>
public sealed class MatrixProductsTests(ITestOutputHelper output)
{
    /// <summary>Sizes around tiles, panels and blocks of every body.</summary>
    private static readonly int[] s_sizes = [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 16, 23, 24, 25, 31, 48, 49, 50, 73, 100];

    private static readonly int[] s_depths = [1, 2, 7, 8, 9, 63, 255, 256, 257, 511, 513, 700];

    private static readonly TileBody[] s_bodies = [TileBody.Wide, TileBody.Half, TileBody.Portable];

    private enum Form
    {
        TransposedTimesSelf,
        TimesSelfTransposed,
        TransposedTimes,
        Times,
        TimesTransposed,
        TransposedTimesLower,
    }

    [Fact]
    public void EveryForm_RandomShapes_EqualsTheTripleLoopToTheBit()
    {
        const ulong Seed = 20;
        output.WriteLine($"seed {Seed}");
        var rng = new Pcg64(Seed);
        for (int trial = 0; trial < 400; trial++)
        {
            Case random = Case.Random(rng);
            Matrix expected = random.Expected();
            foreach (TileBody body in s_bodies)
            {
                Assert.True(random.Computed(body, Pieces.InOrder).Values.SequenceEqual(expected.Values), $"trial {trial}: {random} {body}");
            }
        }
    }

    [Fact]
    public void EveryForm_AnyRunner_SameBits()
    {
        var rng = new Pcg64(21);
        foreach (Form form in Enum.GetValues<Form>())
        {
            // Large enough for all sixteen pieces, in each of which several panels and blocks lie.
            var large = new Case(form, 401, 150, 1100, rng, isSingle: false, hasReference: true, ProductSum.Add);
            Matrix expected = large.Computed(TileBody.Best, Pieces.InOrder);
            PieceRunner[] runners = [Runners.Backwards, Runners.Threads(2), Runners.Threads(8)];
            foreach (PieceRunner runner in runners)
            {
                Assert.True(large.Computed(TileBody.Best, runner).Values.SequenceEqual(expected.Values), form.ToString());
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(77)]
    [InlineData(130)]
    public void SymmetricProducts_AreSymmetricToTheBit(int n)
    {
        Matrix X = ProductsTests.Random(n, n + 3, new Pcg64(24));
        foreach (TileBody body in s_bodies)
        {
            var inner = new Matrix(n + 3, n + 3);
            var outer = new Matrix(n, n);
            inner.Values.Fill(double.NaN);
            outer.Values.Fill(double.NaN);
            MatrixProducts.TransposedTimesSelf(X.View, inner.Span, body: body);
            MatrixProducts.TimesSelfTransposed(X.View, outer.Span, body: body);
            foreach (Matrix C in (Matrix[])[inner, outer])
            {
                var turned = new Matrix(C.Rows, C.Rows);
                Gram.Transpose(C.View, turned.Span);
                Assert.Equal(C.Values.ToArray(), turned.Values.ToArray());
            }
        }
    }

    [Fact]
    public void Products_Empty_AreZeroOrNothing()
    {
        var target = new Matrix(3, 3);
        target.Values.Fill(7);
        MatrixProducts.TransposedTimesSelf(new Matrix(0, 3).View, target.Span);
        Assert.All(target.Values.ToArray(), value => Assert.Equal(0, value));
        target.Values.Fill(7);
        MatrixProducts.Times(new Matrix(3, 0).View, new Matrix(0, 3).View, target.Span, ProductSum.Subtract);
        Assert.All(target.Values.ToArray(), value => Assert.Equal(7, value));
        MatrixProducts.Times(new Matrix(0, 4).View, new Matrix(4, 3).View, new Matrix(0, 3).Span);
        MatrixProducts.TimesSelfTransposed(new Matrix(0, 4).View, new Matrix(0, 0).Span);
    }

    [Fact]
    public void Products_NumbersThatAreNone_StayInTheirRowsAndColumns()
    {
        Matrix X = ProductsTests.Random(30, 30, new Pcg64(25));
        X[29, 29] = double.NaN;
        X[3, 7] = double.PositiveInfinity;
        var target = new Matrix(30, 30);
        MatrixProducts.TransposedTimesSelf(X.View, target.Span);
        for (int i = 0; i < 30; i++)
        {
            for (int j = 0; j < 30; j++)
            {
                Assert.Equal(i is 7 or 29 || j is 7 or 29, !double.IsFinite(target[i, j]));
            }
        }
    }

    [Fact]
    public void Products_WrongShapes_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => MatrixProducts.Times(new Matrix(3, 4).View, new Matrix(3, 4).View, new Matrix(3, 4).Span));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => MatrixProducts.TransposedTimesSelf(new Matrix(3, 4).View, new Matrix(3, 3).Span));
        Assert.Throws<ArgumentException>(() => RowSource.Of(new Matrix(3, 4).View).About(new double[3]));
    }

    /// <summary>One product of random numbers, with strides and offsets of its own.</summary>
    private sealed class Case
    {
        private readonly Form _form;
        private readonly Operand _x;
        private readonly Operand _y;
        private readonly Operand _start;
        private readonly ProductSum _sum;

        public Case(Form form, int m, int n, int depth, Pcg64 rng, bool isSingle, bool hasReference, ProductSum sum)
        {
            _form = form;
            _sum = form == Form.TransposedTimesSelf ? ProductSum.Set : sum;
            bool xAcross = IsXAcross;
            n = form == Form.TransposedTimesLower ? m : n;
            bool yAcross = form is not Form.TimesTransposed;
            _x = new Operand(xAcross ? depth : m, xAcross ? m : depth, rng, isSingle, hasReference);
            _y = new Operand(yAcross ? depth : n, yAcross ? n : depth, rng, isSingle && n % 2 == 0, hasReference && n % 3 == 0);
            int columns = form is Form.TransposedTimesSelf or Form.TimesSelfTransposed ? m : n;
            _start = new Operand(m, columns, rng, isSingle: false, hasReference: false);
        }

        private bool IsLower =>
            _form is Form.TransposedTimesSelf or Form.TimesSelfTransposed or Form.TransposedTimesLower;

        private bool IsXAcross =>
            _form is Form.TransposedTimesSelf or Form.TransposedTimes or Form.TransposedTimesLower;

        public static Case Random(Pcg64 rng)
        {
            var form = (Form)(rng.NextUInt64() % 6);
            int m = Size(s_sizes);
            int n = Size(s_sizes);
            int depth = Size(s_depths);
            return new Case(form, m, n, depth, rng, rng.NextUInt64() % 2 == 0, rng.NextUInt64() % 2 == 0, (ProductSum)(rng.NextUInt64() % 3));

            int Size(int[] among) => among[rng.NextUInt64() % (ulong)among.Length];
        }

        public override string ToString() => $"{_form} {_sum} of {_x} and {_y}";

        public Matrix Computed(TileBody body, PieceRunner runner)
        {
            double[] values = [.. _start.Doubles];
            var target = new MatrixSpan(values.AsSpan(_start.Offset), _start.Rows, _start.Columns, _start.Stride);
            switch (_form)
            {
                case Form.TransposedTimesSelf:
                    MatrixProducts.TransposedTimesSelf(_x.Source, target, runner, body);
                    break;
                case Form.TimesSelfTransposed:
                    MatrixProducts.AddTimesSelfTransposed(_x.Source, target, _sum, runner, body);
                    break;
                case Form.TransposedTimes:
                    MatrixProducts.TransposedTimes(_x.Source, _y.Source, target, _sum, runner, body);
                    break;
                case Form.TransposedTimesLower:
                    MatrixProducts.AddTransposedTimesLower(_x.Source, _y.Source, target, _sum, runner, body);
                    break;
                case Form.Times:
                    MatrixProducts.Times(_x.Source, _y.Source, target, _sum, runner, body);
                    break;
                default:
                    MatrixProducts.TimesTransposed(_x.Source, _y.Source, target, _sum, runner, body);
                    break;
            }

            RequireUntouched(values);
            return LowerOf(target.View.ToMatrix());
        }

        public Matrix Expected()
        {
            var C = new Matrix(_start.Rows, _start.Columns);
            int depth = IsXAcross ? _x.Rows : _x.Columns;
            for (int i = 0; i < C.Rows; i++)
            {
                for (int j = 0; j < C.Columns; j++)
                {
                    double c = _sum == ProductSum.Set ? 0 : _start.At(i, j);
                    for (int start = 0; start < depth; start += MatrixProducts.RowBlock)
                    {
                        double block = 0;
                        for (int k = start; k < Math.Min(depth, start + MatrixProducts.RowBlock); k++)
                        {
                            block = Math.FusedMultiplyAdd(Left(i, k), Right(k, j), block);
                        }

                        c += _sum == ProductSum.Subtract ? -block : block;
                    }

                    C[i, j] = c;
                }
            }

            return LowerOf(C);
        }

        private double Left(int i, int k) => _form switch
        {
            Form.TransposedTimesSelf or Form.TransposedTimes or Form.TransposedTimesLower => _x.At(k, i),
            _ => _x.At(i, k),
        };

        private double Right(int k, int j) => _form switch
        {
            Form.TransposedTimesSelf => _x.At(k, j),
            Form.TimesSelfTransposed => _x.At(j, k),
            Form.TimesTransposed => _y.At(j, k),
            _ => _y.At(k, j),
        };

        /// <summary>The upper half of such a product is nobody's.</summary>
        private Matrix LowerOf(Matrix C)
        {
            for (int i = 0; i < C.Rows && IsLower; i++)
            {
                C.Row(i)[(i + 1)..].Clear();
            }

            return C;
        }

        private void RequireUntouched(double[] values)
        {
            for (int at = 0; at < values.Length; at++)
            {
                int column = (at - _start.Offset) % _start.Stride;
                if (at < _start.Offset || column >= _start.Columns)
                {
                    Assert.Equal(_start.Doubles[at], values[at]);
                }
            }
        }
    }

    private sealed class Operand
    {
        private readonly float[] _singles;
        private readonly double[] _reference;
        private readonly bool _isSingle;

        public Operand(int rows, int columns, Pcg64 rng, bool isSingle, bool hasReference)
        {
            Rows = rows;
            Columns = columns;
            Offset = (int)(rng.NextUInt64() % 5);
            Stride = columns + (int)(rng.NextUInt64() % 4);
            _isSingle = isSingle;
            Doubles = new double[(rows * Stride) + Offset];
            for (int i = 0; i < Doubles.Length; i++)
            {
                Doubles[i] = isSingle ? (float)rng.NextNormal() : rng.NextNormal();
            }

            _singles = Array.ConvertAll(Doubles, value => (float)value);
            _reference = hasReference ? ProductsTests.Random(1, columns, rng).Values.ToArray() : [];
        }

        public int Rows { get; }

        public int Columns { get; }

        public int Stride { get; }

        public int Offset { get; }

        public double[] Doubles { get; }

        public RowSource Source => (_isSingle
            ? RowSource.Of(new SingleView(_singles.AsSpan(Offset), Rows, Columns, Stride))
            : RowSource.Of(new MatrixView(Doubles.AsSpan(Offset), Rows, Columns, Stride))).About(_reference);

        public double At(int row, int column) =>
            Doubles[Offset + (row * Stride) + column] - (_reference.Length == 0 ? 0 : _reference[column]);

        public override string ToString() =>
            $"{Rows} x {Columns}, {Stride} apart{(_isSingle ? ", singles" : "")}{(_reference.Length > 0 ? ", about a reference" : "")}";
    }
}
