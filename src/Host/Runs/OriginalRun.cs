using System.Collections.Immutable;
using System.Diagnostics;
using Pipeline.Engine.Cores;
using Pipeline.Host.Configuration;
using Pipeline.Host.Results;
using Pipeline.Stages.Calibration.Original;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Runs;

/// <summary>A search in the arithmetic of the program that came before.</summary>
/// <param name="Rows">The table, best first.</param>
/// <param name="Axis">The axis that its variables are of.</param>
/// <param name="SampleCount">Samples with the response.</param>
/// <param name="Elapsed">Time of the search.</param>
public sealed record OriginalRun(ImmutableArray<OriginalRow> Rows, SpectralAxis Axis, int SampleCount, TimeSpan Elapsed)
{
    /// <summary>Reads the data and searches.</summary>
    /// <param name="request">What is asked; its study has the seed profile.</param>
    /// <param name="options">Memory and threads.</param>
    /// <param name="progress">Told the share of the work that is done, from any thread.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="Engine.StageException">The data or the study do not allow it.</exception>
    public static OriginalRun Run(SearchRequest request, PipelineOptions options, Action<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        if (request.OutputPath is { } folder)
        {
            ResultFiles.RefuseUnwritable(folder);
        }

        var study = OriginalStudy.Of(request.Study);
        SpectralChunk chunk = SpectraFiles.Read(request.DataPath, request.Reading, options.MemoryBytes).Reading.Chunk;
        var samples = OriginalSamples.Of(request.Study, chunk);
        
        // Each thread cuts, pretreats and parts the spectra of one subset.
        RunService.LimitsOf(options, ((2 + (4L * options.Threads)) * samples.X.SizeBytes) + Math.Max(samples.X.SizeBytes, OriginalSearch.BytesAtOnce));
        using var cores = new CorePool(options.Threads);
        using CoreLease core = cores.Occupy();
        var search = new OriginalSearch(study, samples.X, samples.Y, samples.Axis, cores.Run);
        long start = Stopwatch.GetTimestamp();
        ImmutableArray<OriginalRow> rows = search.Run(progress, cancellation);
        return new OriginalRun(rows, samples.Axis, samples.X.Rows, Stopwatch.GetElapsedTime(start));
    }
}
