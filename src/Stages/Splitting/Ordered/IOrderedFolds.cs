using System.Collections.Immutable;

namespace Pipeline.Stages.Splitting.Ordered;

/// <summary>A fold scheme that goes by an order of the samples.</summary>
internal interface IOrderedFolds : ISplitter
{
    /// <summary>The column whose order counts, or <see cref="SamplePlaces.FileOrder"/>; null for the order of ids.</summary>
    string? By { get; }

    /// <summary>The same scheme with the places of the samples.</summary>
    /// <param name="places">The place of every sample, as <see cref="SamplePlaces"/> gives them; empty for the order of ids.</param>
    ISplitter With(ImmutableArray<double> places);
}
