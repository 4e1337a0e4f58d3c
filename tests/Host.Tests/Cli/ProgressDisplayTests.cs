using System.Globalization;
using Pipeline.Host.Cli;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Xunit;

namespace Pipeline.Host.Tests.Cli;

public class ProgressDisplayTests
{
    private static readonly PlsFamily Family = new(5);

    [Fact]
    public void Line_HalfDone_ExpectsAsLongAgain()
    {
        string line = ProgressDisplay.Line(Progress(unitsDone: 20, workDone: 0.5, seconds: 4));
        Assert.Contains("20/40 units", line, StringComparison.Ordinal);
        Assert.Contains("about 4.0 s left", line, StringComparison.Ordinal);
        Assert.Contains("############............", line, StringComparison.Ordinal);
        Assert.Contains("0.1234", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_NothingDone_DoesNotGuess() =>
        Assert.Contains("estimating", ProgressDisplay.Line(Progress(unitsDone: 0, workDone: 0, seconds: 4)), StringComparison.Ordinal);

    [Theory]
    [InlineData(4.04, "about 4.0 s left")]
    [InlineData(119, "about 119 s left")]
    [InlineData(200, "about 3 min 20 s left")]
    [InlineData(239, "about 4 min left")]
    [InlineData(7100, "about 118 min 20 s left")]
    [InlineData(9000, "about 2 h 30 min left")]
    public void Line_HalfDone_SaysWhatIsLeftToTheDigitsOfAnEstimate(double seconds, string left) =>
        Assert.Contains(left, ProgressDisplay.Line(Progress(unitsDone: 20, workDone: 0.5, seconds)), StringComparison.Ordinal);

    [Fact]
    public void Report_NotATerminal_WritesPlainLinesEveryFewSecondsAndTheEnd()
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        var display = new ProgressDisplay(writer, width: null);
        foreach (double seconds in new[] { 0.2, 1, 5.1, 5.3, 9.9, 10.2 })
        {
            display.Report(Progress(unitsDone: 1, workDone: 0.1, seconds));
        }

        display.Report(Progress(unitsDone: 40, workDone: 1, seconds: 11));
        string[] lines = writer.ToString().TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.DoesNotContain('\r', writer.ToString().Replace(Environment.NewLine, "\n", StringComparison.Ordinal));
        Assert.Contains("done in 11 s", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Report_Terminal_RenewsOneLine()
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        var display = new ProgressDisplay(writer, width: 60);
        display.Report(Progress(unitsDone: 1, workDone: 0.1, seconds: 1));
        display.Report(Progress(unitsDone: 2, workDone: 0.2, seconds: 2));
        Assert.DoesNotContain('\n', writer.ToString());
        Assert.Equal(2, writer.ToString().Count(one => one == '\r'));
        Assert.All(writer.ToString().Split('\r'), line => Assert.True(line.Length < 60, line));
    }

    [Fact]
    public void Remaining_HalfOfTheWorkWasKept_GoesByWhatWasDoneSince()
    {
        RunProgress progress = Progress(unitsDone: 30, workDone: 0.75, seconds: 10) with { WorkKept = 0.5 };
        Assert.Equal(10, progress.Remaining!.Value.TotalSeconds, 1e-9);
        Assert.Null((progress with { WorkKept = 0.75 }).Remaining);
    }

    private static RunProgress Progress(int unitsDone, double workDone, double seconds)
    {
        var candidate = new Candidate(default, PretreatmentChain.Parse("snv"), new FullSpectrum(), Family, Family.Settings[3]);
        LeaderboardRow row = LeaderboardRow.Failed(candidate, "") with { Metrics = new RegressionMetrics { Rmse = 0.1234 } };
        return new RunProgress(unitsDone, 40, workDone, TimeSpan.FromSeconds(seconds), row, []);
    }
}
