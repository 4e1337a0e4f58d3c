using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>What test samples are chosen from: one point for each group of samples, the mean of its members.</summary>
/// <remarks>
/// Points stand in the ordinal order of the groups' names, by which ties are broken. A group of one sample is that sample's own
/// spectrum, where it lies; means take memory for groups of several alone. Not safe for several threads: distances share a scratch row.
/// </remarks>
public sealed class HoldOutSamples
{
    /// <summary>The most values that a pass over all pairs of points may look at; some minutes of one core.</summary>
    public const double WorkMax = 4e11;

    private readonly Matrix _x;
    private readonly Matrix _y;
    private readonly int[] _rowOfPoint;
    private readonly Matrix _means;
    private readonly int[] _pointOfSample;
    private readonly int[] _sizes;

    /// <summary>The points of some samples.</summary>
    /// <param name="x">Spectra as measured, of these and perhaps other samples.</param>
    /// <param name="rows">The row of every sample in <paramref name="x"/>, in the order of ids.</param>
    /// <param name="y">n × q responses, or indicators of classes.</param>
    /// <param name="groups">The group of every sample.</param>
    public HoldOutSamples(Matrix x, int[] rows, Matrix y, SampleGroups groups)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfNotEqual(groups.Count, rows.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, rows.Length);
        _x = x;
        _pointOfSample = [.. groups.OfSample];
        _sizes = new int[groups.GroupCount];
        Array.ForEach(_pointOfSample, point => _sizes[point]++);

        // Rows from 0 on are spectra where they lie, those below are means: -1 is the first.
        _means = new Matrix(_sizes.Count(size => size > 1), x.Columns);
        _rowOfPoint = new int[groups.GroupCount];
        int next = 0;
        for (int point = 0; point < _rowOfPoint.Length; point++)
        {
            _rowOfPoint[point] = _sizes[point] > 1 ? -1 - next++ : 0;
        }

        _y = new Matrix(groups.GroupCount, y.Columns);
        for (int i = 0; i < rows.Length; i++)
        {
            int point = _pointOfSample[i];
            double weight = 1.0 / _sizes[point];
            Products.Axpy(weight, y.Row(i), _y.Row(point));
            if (_sizes[point] == 1)
            {
                _rowOfPoint[point] = rows[i];
            }
            else
            {
                Products.Axpy(weight, x.Row(rows[i]), _means.Row(-1 - _rowOfPoint[point]));
            }
        }
    }

    /// <summary>Number of points.</summary>
    public int PointCount => _rowOfPoint.Length;

    /// <summary>Number of samples, n.</summary>
    public int SampleCount => _pointOfSample.Length;

    /// <summary>Number of variables, p.</summary>
    public int VariableCount => _x.Columns;

    /// <summary>The point of every sample.</summary>
    public ReadOnlySpan<int> PointOfSample => _pointOfSample;

    /// <summary>The number of samples of a point.</summary>
    public int SizeOf(int point) => _sizes[point];

    /// <summary>The p values of a point's spectrum.</summary>
    public ReadOnlySpan<double> Spectrum(int point)
    {
        int row = _rowOfPoint[point];
        return row >= 0 ? _x.Row(row) : _means.Row(-1 - row);
    }

    /// <summary>The q responses of a point.</summary>
    public ReadOnlySpan<double> Response(int point) => _y.Row(point);

    /// <summary>Refuses what would take too long, or leave nothing to choose.</summary>
    /// <exception cref="StageException">There are fewer than four points, or too many for all pairs.</exception>
    internal void RefuseUnusual(string notation)
    {
        if (PointCount < 4)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{notation} needs at least 4 samples or groups that are independent of each other, there are {PointCount}. Add samples, or "
                    + "leave \"holdout\" out.");
        }

        if ((double)PointCount * PointCount * VariableCount > WorkMax)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{notation} compares all pairs of {PointCount} spectra of {VariableCount} variables, which would take very long. "
                + "Ask for \"random(25 %, seed 0)\", or choose the sets beforehand and name them with --split.");
        }
    }
}
