using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Pipeline.Figures;

/// <summary>Who ran beside ours, run by run in the same order.</summary>
internal sealed record Neighbour(string Program, IReadOnlyList<double> Runs);

/// <summary>Hands measured rows to <c>python3 bench run</c>: a line of JSON for each, as bench/Figures/measured.py reads them.</summary>
/// <remarks>Compiled into every program that measures. Without <c>--rows FILE</c> among the arguments nothing is written.</remarks>
internal sealed class RowFile
{
    private readonly string? _path;

    public RowFile(IReadOnlyList<string> arguments)
    {
        for (int i = 0; i + 1 < arguments.Count; i++)
        {
            _path = arguments[i] == "--rows" ? arguments[i + 1] : _path;
        }
    }

    /// <summary>Adds a row; the memory is the most that this process has had so far, unless another is given.</summary>
    /// <param name="name">The name of the row, the same at every commit.</param>
    /// <param name="what">What was done.</param>
    /// <param name="unit">The unit of all runs, of which less is better.</param>
    /// <param name="runs">Our runs.</param>
    /// <param name="cpuSeconds">Processor seconds of one run of ours, where known.</param>
    /// <param name="hash">The bits of the numeric result, where there is one.</param>
    /// <param name="peakBytes">The most memory, where it is not this process'.</param>
    /// <param name="peers">Who ran in turn with ours.</param>
    public void Append(
        string name, string what, string unit, IReadOnlyList<double> runs, double? cpuSeconds = null, long? hash = null, long? peakBytes = null, IReadOnlyList<Neighbour>? peers = null)
    {
        if (_path is null)
        {
            return;
        }

        using var self = Process.GetCurrentProcess();
        var row = new
        {
            name,
            what,
            unit,
            runs,
            cpuSeconds,
            peakBytes = peakBytes ?? self.PeakWorkingSet64,
            hash = hash?.ToString("x16", CultureInfo.InvariantCulture),
            peers = (peers ?? []).Select(peer => new { program = peer.Program, runs = peer.Runs }),
        };
        File.AppendAllText(_path, JsonSerializer.Serialize(row) + "\n");
    }
}
