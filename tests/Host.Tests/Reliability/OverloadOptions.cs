using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>How much arrives, and in which form.</summary>
internal sealed record OverloadOptions
{
    /// <summary>Where everything lies, the data folder among it.</summary>
    public required string Folder { get; init; }

    /// <summary>The memory that the daemon is given.</summary>
    public long BudgetBytes { get; init; } = 256L << 20;

    /// <summary>How many times the budget arrives.</summary>
    public int Times { get; init; } = 10;

    /// <summary>Variables of an arriving spectrum.</summary>
    public int VariableCount { get; init; } = 2000;

    /// <summary>Small files, which make a tenth of the bytes.</summary>
    public int SmallFileCount { get; init; } = 200;

    /// <summary>True where a study is bound to the arriving dataset too, so that every arrival is read and treated at once.</summary>
    public bool IsBound { get; init; } = true;

    /// <summary>The most samples that are studied; large units hold back the arrivals, which share the budget with them.</summary>
    public int StudiedCountMax { get; init; } = 300;

    /// <summary>Studies of the same samples that run one after the other, so that one runs as long as files arrive.</summary>
    public int StudyCount { get; init; } = 40;

    /// <summary>A line of shell that runs before the daemon in its process, or null.</summary>
    public string? Before { get; init; }

    /// <summary>Variables for the daemon's environment.</summary>
    public ImmutableArray<(string Name, string Value)> Environment { get; init; } = [];

    /// <summary>How long it may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>The most anonymous memory that counts as held.</summary>
    public long AnonymousBytesMax => (BudgetBytes * 115 / 100) + (128L << 20);
}

/// <summary>What an overload did to the daemon.</summary>
internal sealed record OverloadFigures(OverloadOptions Options)
{
    /// <summary>Bytes of all files.</summary>
    public long InputBytes { get; init; }

    /// <summary>Files that were written and that the daemon can take.</summary>
    public int FileCount { get; init; }

    /// <summary>Files of them that have joined the dataset.</summary>
    public int TakenCount { get; init; }

    /// <summary>Files of them that neither the dataset nor the inbox has.</summary>
    public int LostCount { get; init; }

    /// <summary>The most anonymous memory that was seen.</summary>
    public long AnonymousBytesPeak { get; init; }

    /// <summary>When that was.</summary>
    public TimeSpan PeakAt { get; init; }

    /// <summary>The most memory of mapped files that was seen.</summary>
    public long FileBytesPeak { get; init; }

    /// <summary>Studies that were completed.</summary>
    public int StudiesCompleted { get; init; }

    /// <summary>Time from the start to the last file's joining.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Time from SIGTERM to the end.</summary>
    public TimeSpan StopTime { get; init; }

    /// <summary>What went wrong; empty where the daemon has held.</summary>
    public ImmutableArray<string> Misses { get; init; } = [];

    /// <summary>Anonymous memory second by second, as CSV.</summary>
    public string Trace { get; init; } = "";

    /// <summary>Everything that the daemon said.</summary>
    public string Said { get; init; } = "";

    /// <summary>True where nothing went wrong.</summary>
    public bool IsHeld => Misses.IsEmpty;

    /// <summary>The figures in one line.</summary>
    [SuppressMessage("Globalization", "CA1305", Justification = "Invariant by string.Create.")]
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"budget_mib {Options.BudgetBytes >> 20} input_mib {InputBytes >> 20} files {FileCount} rss_anon_peak_mib "
            + $"{AnonymousBytesPeak >> 20} limit_mib {Options.AnonymousBytesMax >> 20} peak_at_s {PeakAt.TotalSeconds:F0} rss_file_peak_mib "
            + $"{FileBytesPeak >> 20} taken {TakenCount} lost {LostCount} studies {StudiesCompleted} s {Elapsed.TotalSeconds:F0} stop_s "
            + $"{StopTime.TotalSeconds:F1} {(IsHeld ? "held" : "MISSED: " + string.Join("; ", Misses))}");
}
