using System.Globalization;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;

namespace Pipeline.Host.Cli;

/// <summary>Progress on the error stream: one line that renews itself on a terminal, plain lines elsewhere.</summary>
public sealed class ProgressDisplay : IProgress<RunProgress>
{
    private const int BarWidth = 24;
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(5);

    private readonly TextWriter _writer;
    private readonly int? _width;
    private TimeSpan _lastPlain = TimeSpan.Zero;
    private int _lastLength;

    /// <summary>A display; without a width, for a file or a pipe.</summary>
    public ProgressDisplay(TextWriter writer, int? width)
    {
        _writer = writer;
        _width = width;
    }

    /// <inheritdoc/>
    public void Report(RunProgress value)
    {
        bool finished = value.UnitsDone == value.UnitsTotal;
        string line = Line(value);
        if (_width is { } width)
        {
            // A longer line would wrap, and only its last part would be renewed.
            line = line.Length < width ? line : line[..(width - 2)] + "…";
            _writer.Write('\r' + line.PadRight(_lastLength));
            _lastLength = line.Length;
            if (finished)
            {
                _writer.WriteLine();
            }
        }
        else if (finished || value.Elapsed - _lastPlain >= PlainEvery)
        {
            _lastPlain = value.Elapsed;
            _writer.WriteLine(line);
        }
    }

    /// <summary>The line as people read it.</summary>
    public static string Line(RunProgress value)
    {
        int filled = (int)Math.Round(Math.Clamp(value.WorkDone, 0, 1) * BarWidth);
        string bar = new string('#', filled) + new string('.', BarWidth - filled);
        bool finished = value.UnitsDone == value.UnitsTotal;
        string time = finished
            ? $"done in {Duration(value.Elapsed)}"
            : value.Remaining is { } remaining ? $"about {Duration(remaining)} left" : "estimating";
        string bestText = value.Best is not { } best
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"; best {(best.Classes is { } classes
                    ? $"balanced accuracy so far {ClassText.Share(classes.Pooled.BalancedAccuracy)}"
                    : $"RMSECV so far {Figure.Of(best.Metrics.Rmse)}")} ({best.Candidate.Chain.Notation}, {best.Candidate.Family.Name} {best.Candidate.SettingText})");
        return $"[{bar}] {value.UnitsDone}/{value.UnitsTotal} units, {time}{(finished ? "" : bestText)}";
    }

    /// <summary>A time to the digits that an estimate has: tenths below 10 s, ten seconds above two minutes, ten minutes above two hours.</summary>
    private static string Duration(TimeSpan time)
    {
        if (time.TotalSeconds < 120)
        {
            return time.TotalSeconds.ToString(time.TotalSeconds < 10 ? "0.0 s" : "0 s", CultureInfo.InvariantCulture);
        }

        (double unit, string large, string small) = time.TotalHours < 2 ? (1, "min", "s") : (60.0, "h", "min");
        long tens = (long)Math.Round(time.TotalSeconds / unit / 10);
        return tens % 6 == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{tens / 6} {large}")
            : string.Create(CultureInfo.InvariantCulture, $"{tens / 6} {large} {tens % 6}0 {small}");
    }
}
