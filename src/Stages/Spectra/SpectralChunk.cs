using System.Collections.Immutable;
using Pipeline.Engine.Cache;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra;

/// <summary>Spectra of one axis with their ids, responses and labels, as read from one source.</summary>
/// <remarks>Immutable by agreement: nobody writes into <see cref="X"/> after construction. Samples stand in file order.</remarks>
public sealed class SpectralChunk : IArtifact
{
    /// <summary>A chunk of n samples; ids are unique, all columns have n values.</summary>
    public SpectralChunk(
        ImmutableArray<string> ids,
        SpectralAxis axis,
        Matrix x,
        ImmutableArray<ResponseColumn> responses,
        ImmutableArray<LabelColumn> labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Rows, ids.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, axis.Count);
        Ids = ids;
        Axis = axis;
        X = x;
        Responses = responses;
        Labels = labels;
    }

    private SpectralChunk(
        ImmutableArray<string> ids, SpectralAxis axis, ImmutableArray<ResponseColumn> responses, ImmutableArray<LabelColumn> labels)
    {
        Ids = ids;
        Axis = axis;
        X = new Matrix(0, axis.Count);
        Responses = responses;
        Labels = labels;
    }

    /// <summary>A chunk of n samples whose spectra stay on the disk: <see cref="X"/> has no rows.</summary>
    public static SpectralChunk WithoutSpectra(
        ImmutableArray<string> ids, SpectralAxis axis, ImmutableArray<ResponseColumn> responses, ImmutableArray<LabelColumn> labels) =>
        new(ids, axis, responses, labels);

    /// <summary>Sample ids.</summary>
    public ImmutableArray<string> Ids { get; }

    /// <summary>The axis of all spectra.</summary>
    public SpectralAxis Axis { get; }

    /// <summary>n × p spectra, all finite; 0 × p where they stay on the disk.</summary>
    public Matrix X { get; }

    /// <summary>Numeric columns beside the spectra.</summary>
    public ImmutableArray<ResponseColumn> Responses { get; }

    /// <summary>Text columns beside the spectra, such as a group or a set.</summary>
    public ImmutableArray<LabelColumn> Labels { get; }

    /// <summary>Number of samples, n.</summary>
    public int SampleCount => Ids.Length;

    /// <summary>The same spectra on an axis that equals theirs but for rounding, such as that of their dataset.</summary>
    public SpectralChunk On(SpectralAxis axis) => new(Ids, axis, X, Responses, Labels);

    /// <inheritdoc/>
    public long SizeBytes => X.SizeBytes + (Ids.Length * 64L) + (Responses.Length * 8L * Ids.Length) + (Labels.Length * 64L * Ids.Length);
}

/// <summary>One reference property of the samples of a chunk.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Values">One value per sample; NaN where the laboratory has none yet.</param>
public sealed record ResponseColumn(string Name, ImmutableArray<double> Values);

/// <summary>One text property of the samples of a chunk.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Values">One value per sample; empty where there is none.</param>
public sealed record LabelColumn(string Name, ImmutableArray<string> Values);
