using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls.Direct;

/// <content>The two passes over the rows.</content>
internal sealed partial class DirectPls<T, TElement>
{
    private const int Height = RowTiles<T, TElement>.Height;
    private const int Width = RowTiles<T, TElement>.Width;

    /// <summary>Sums that a piece holds.</summary>
    private int Sums => SumsPerPiece(_question, _ids.Length, _splits.Length);

    private int SquaresStart => _splits.Length;

    private int ResponsesStart => _splits.Length * (_question.Autoscales ? 2 : 1);

    /// <summary>Sums of calibration rows, of their squares where they are asked for, and S = XᵀY, all about the reference.</summary>
    private void FirstPass(int piece)
    {
        Span<double> sums = SumsOf(piece, Sums);
        sums.Clear();
        Span<T> tails = stackalloc T[TileRows<T>.TailLength];
        Span<double> squares = stackalloc double[Height];
        tails.Clear();
        (int start, int end) = RowsOf(piece);
        for (int i = start; i < end; i += Height)
        {
            var rows = new TileRows<T>(_x, i, end, tails);
            int height = Math.Min(Height, end - i);
            for (int g = 0; g < _groups.Length; g++)
            {
                ReadOnlySpan<double> reference = _references.View.Row(g);
                RowTiles<T, TElement>.SquaredNorms(rows, reference, squares);
                squares[..height].CopyTo(_norms.Span.Row(g).Slice(i, height));
                AddSamples(rows, i, height, _groups[g].Splits, reference, sums);
                AddResponses(rows, i, height, _groups[g].Fits, reference, sums);
            }
        }
    }

    private void AddSamples(
        in TileRows<T> rows, int first, int height, int[] splits, ReadOnlySpan<double> reference, Span<double> sums)
    {
        Span<double> factors = stackalloc double[Height * Width];
        Span<int> numbers = stackalloc int[Width];
        for (int s = 0; s < splits.Length; s += Width)
        {
            int width = Math.Min(Width, splits.Length - s);
            factors.Clear();
            for (int m = 0; m < width; m++)
            {
                numbers[m] = splits[s + m];
                Role[] roles = _roles[splits[s + m]];
                for (int r = 0; r < height; r++)
                {
                    factors[(r * Width) + m] = roles[first + r] == Role.Calibration ? 1 : 0;
                }
            }

            RowTiles<T, TElement>.Accumulate(rows, reference, factors, new TileVectors(sums, _width, numbers[..width]));
            if (_question.Autoscales)
            {
                for (int m = 0; m < width; m++)
                {
                    numbers[m] += SquaresStart;
                }

                RowTiles<T, TElement>.AccumulateSquares(
                    rows, reference, factors, new TileVectors(sums, _width, numbers[..width]));
            }
        }
    }

    private void AddResponses(
        in TileRows<T> rows, int first, int height, int[] fits, ReadOnlySpan<double> reference, Span<double> sums)
    {
        Span<double> factors = stackalloc double[Height * Width];
        Span<int> numbers = stackalloc int[Width];
        int q = _question.ResponsesPerFit;
        for (int s = 0; s < fits.Length * q; s += Width)
        {
            int width = Math.Min(Width, (fits.Length * q) - s);
            factors.Clear();
            for (int m = 0; m < width; m++)
            {
                int f = fits[(s + m) / q];
                int l = (s + m) % q;
                numbers[m] = ResponsesStart + (f * q) + l;
                for (int r = 0; r < height; r++)
                {
                    factors[(r * Width) + m] = _responses.Centred(_ids[f], l, first + r);
                }
            }

            RowTiles<T, TElement>.Accumulate(rows, reference, factors, new TileVectors(sums, _width, numbers[..width]));
        }
    }

    /// <summary>Scores of all rows, and Xᵀt of the calibration rows.</summary>
    private void ComponentPass(int piece)
    {
        Span<double> sums = SumsOf(piece, _ids.Length);
        sums.Clear();
        Span<T> tails = stackalloc T[TileRows<T>.TailLength];
        Span<double> scores = stackalloc double[Height * Width];
        tails.Clear();
        (int start, int end) = RowsOf(piece);
        foreach (Fit fit in _fits)
        {
            fit.ScoreSquares[piece] = 0;
        }

        for (int i = start; i < end; i += Height)
        {
            var rows = new TileRows<T>(_x, i, end, tails);
            int height = Math.Min(Height, end - i);
            foreach (Tile tile in _tiles)
            {
                ReadOnlySpan<double> reference = _references.View.Row(tile.Group);
                ReadOnlySpan<double> other = tile.OtherGroup < 0 ? [] : _references.View.Row(tile.OtherGroup);
                RowTiles<T, TElement>.Project(
                    rows, reference, new TileVectors(_projected.Values, _width, tile.Fits, other), scores);
                for (int m = 0; m < tile.Fits.Length; m++)
                {
                    _fits[tile.Fits[m]].Take(piece, i, height, scores[m..]);
                }

                RowTiles<T, TElement>.Accumulate(rows, reference, scores, new TileVectors(sums, _width, tile.Fits, other));
            }
        }
    }

    private (int Start, int End) RowsOf(int piece) =>
        (piece * _pieceRows, Math.Min(_x.Rows, (piece + 1) * _pieceRows));

    private Span<double> SumsOf(int piece, int count) =>
        _partials.Values.Slice(piece * Sums * _width, count * _width);

    /// <summary>Adds up one sum over the pieces, in their order.</summary>
    private void Collect(int number, Span<double> target)
    {
        SumsOf(0, Sums).Slice(number * _width, _width).CopyTo(target);
        for (int piece = 1; piece < _pieceCount; piece++)
        {
            Products.Axpy(1, SumsOf(piece, Sums).Slice(number * _width, _width), target);
        }
    }

    /// <summary>The calibration mean of a split about its reference, and what its variables are divided by.</summary>
    private void AddMeans(int k)
    {
        Span<double> means = _means.Span.Row(k);
        double n = _responses.CalibrationCount(_splits[k]);
        Collect(k, means);
        if (_question.Autoscales)
        {
            // The reference is a mean of calibration samples, so taking its distance off costs no more than a few digits.
            Span<double> scales = _scales.Span.Row(k);
            Collect(SquaresStart + k, scales);
            for (int j = 0; j < scales.Length; j++)
            {
                double squares = Math.Max(0, scales[j] - (means[j] * (means[j] / n)));
                scales[j] = n < 2 || squares == 0 ? 1 : 1 / Math.Sqrt(squares / (n - 1));
            }
        }

        for (int j = 0; j < means.Length; j++)
        {
            means[j] /= n;
        }
    }
}
